/* SPDX-License-Identifier: MIT */
// Rust threads that stand still for good. Its locks are futexes of its own: no word tells who has one.
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Condvar, Mutex, RwLock};
use std::thread;
use std::time::Duration;

extern "C" {
    fn gettid() -> i32;
}

static ARRIVED: AtomicUsize = AtomicUsize::new(0);

fn say() {
    let out = std::io::stdout();
    let mut out = out.lock();
    writeln!(out, "wait {} futex 0", unsafe { gettid() }).unwrap();
    out.flush().unwrap();
    ARRIVED.fetch_add(1, Ordering::SeqCst);
}

fn main() {
    let one = Arc::new(Mutex::new(1));
    let other = Arc::new(Mutex::new(2));
    let met = Arc::new(Barrier::new(2));
    for i in 0..2 {
        let (mine, wanted) = if i == 0 { (one.clone(), other.clone()) } else { (other.clone(), one.clone()) };
        let met = met.clone();
        thread::spawn(move || {
            let _held = mine.lock().unwrap();
            met.wait();
            say();
            let _wanted = wanted.lock().unwrap();
        });
    }
    let table = Arc::new(RwLock::new(3));
    let _written = table.write().unwrap();
    let read = table.clone();
    thread::spawn(move || {
        say();
        let _read = read.read().unwrap();
    });
    thread::spawn(|| {
        let pair = (Mutex::new(()), Condvar::new());
        let held = pair.0.lock().unwrap();
        say();
        let _never = pair.1.wait(held).unwrap();
    });
    thread::spawn(|| {
        say();
        thread::park();
    });
    while ARRIVED.load(Ordering::SeqCst) < 5 {
        thread::sleep(Duration::from_millis(1));
    }
    thread::sleep(Duration::from_millis(200));
    println!("ready");
    loop {
        thread::sleep(Duration::from_secs(1));
    }
}

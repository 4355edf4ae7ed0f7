// SPDX-License-Identifier: MIT
// Goroutines in each other's way. Their locks are the runtime's own: its threads only ever wait for
// work, at futexes that have no owner.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"
)

func main() {
	var one, other sync.Mutex
	var met sync.WaitGroup
	met.Add(2)
	embrace := func(mine, wanted *sync.Mutex) {
		runtime.LockOSThread()
		mine.Lock()
		met.Done()
		met.Wait()
		wanted.Lock()
	}
	go embrace(&one, &other)
	go embrace(&other, &one)
	met.Wait()
	time.Sleep(200 * time.Millisecond)
	fmt.Println("ready")
	os.Stdout.Sync()
	for {
		time.Sleep(time.Second)
	}
}

# SPDX-License-Identifier: MIT
"""A lock that its program never named is called as the variable it is."""
from truth import *

args = ["3", "50", "200", "100"]
doc = run_launched(args)[1]
expect([l["name"] for l in doc["locks"] if l["contended"]] == ["lock"],
       f"launched: {[l['name'] for l in doc['locks']]}")
need_bpf()
doc = run_attached(args)[2]
expect([l["name"] for l in doc["locks"] if l["contended"]] == ["lock"],
       f"attached: {[l['name'] for l in doc['locks']]}")
finish()

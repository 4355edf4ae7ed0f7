# SPDX-License-Identifier: MIT
set(ENV{LC_ALL} C.UTF-8)
set(ENV{LANGUAGE} "")

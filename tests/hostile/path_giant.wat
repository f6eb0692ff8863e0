;; Gives the better part of a gigabyte as a path, so that the worker copies it.
;; expect: host_error over the limit
;; limits: memory_mb=1024
(module
  (import "blufio" "read_file" (func $read (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 15000)
  (func (export "run") (drop (call $read (i32.const 0) (i32.const 983040000) (i32.const 0) (i32.const 0)))))

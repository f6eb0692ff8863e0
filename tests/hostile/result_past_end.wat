;; Has a host result copied over the end of its memory.
;; expect: trap out of bounds
(module
  (import "blufio" "read_file" (func $read_file (param i32 i32 i32 i32) (result i32)))
  (import "blufio" "get_result" (func $get_result (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "/f")
  (func (export "run")
    (drop (call $read_file (i32.const 0) (i32.const 2) (i32.const 0) (i32.const 0)))
    (call $get_result (i32.const 65535))))

;; Asks for a file in its start function, before a host that knows its memory late.
;; expect: capability_denied capability not permitted: 
(module
  (import "blufio" "read_file" (func $read_file (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "/denied")
  (func $s (drop (call $read_file (i32.const 0) (i32.const 7) (i32.const 64) (i32.const 64))))
  (start $s)
  (func (export "run")))

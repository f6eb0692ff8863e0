;; Writes where it may not, and goes on as if nothing had happened.
;; expect: capability_denied capability not permitted: 
(module
  (import "blufio" "write_file" (func $write_file (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "/denied")
  (func (export "run") (drop (call $write_file (i32.const 0) (i32.const 7) (i32.const 0) (i32.const 7))) (loop $again (br $again))))

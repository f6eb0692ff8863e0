;; Wraps a denied effect in a handler that catches everything, to go on after the denial.
;; expect: capability_denied capability not permitted: 
(module
  (import "blufio" "read_file" (func $read_file (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "/denied")
  (func (export "run")
    (loop $again
      (block $caught
        (try_table (catch_all $caught) (drop (call $read_file (i32.const 0) (i32.const 7) (i32.const 64) (i32.const 64)))))
      (br $again))))

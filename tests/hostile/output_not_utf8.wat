;; Gives output that is not text.
;; expect: trap UTF-8
(module
  (import "blufio" "set_output" (func $set_output (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\ff\fe")
  (func (export "run") (call $set_output (i32.const 0) (i32.const 2))))

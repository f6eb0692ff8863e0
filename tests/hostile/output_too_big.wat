;; Gives more output than allowed, to fill the model's context.
;; expect: output_limit resources.output_kb
(module
  (import "blufio" "set_output" (func $set_output (param i32 i32)))
  (memory (export "memory") 8)
  (func (export "run") (call $set_output (i32.const 0) (i32.const 300000))))

;; Recurses with a host call at each level, to run over the stack inside the host's code.
;; expect: stack_overflow call stack
(module
  (import "blufio" "get_input_len" (func $get_input_len (result i32)))
  (memory (export "memory") 1)
  (func $f (drop (call $get_input_len)) (call $f) (drop (call $get_input_len)))
  (func (export "run") (call $f)))

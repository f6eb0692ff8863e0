;; Has the input copied to before its memory.
;; expect: trap out of bounds
(module
  (import "blufio" "get_input" (func $get_input (param i32)))
  (memory (export "memory") 1)
  (func (export "run") (call $get_input (i32.const -2))))

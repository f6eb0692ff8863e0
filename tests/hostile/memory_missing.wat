;; Exports no memory, and imports a function that writes to one.
;; expect: invalid_module memory
(module
  (import "blufio" "get_input" (func (param i32)))
  (memory 1)
  (func (export "run")))

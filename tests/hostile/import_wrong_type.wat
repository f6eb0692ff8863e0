;; Imports a known function with another type, to confuse the host about its arguments.
;; expect: invalid_module blufio.log
(module
  (import "blufio" "log" (func (param i64) (result i64)))
  (memory (export "memory") 1)
  (func (export "run")))

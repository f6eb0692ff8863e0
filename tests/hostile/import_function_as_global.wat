;; Imports a host function's name as a global.
;; expect: invalid_module blufio.log
(module
  (import "blufio" "log" (global i32))
  (memory (export "memory") 1)
  (func (export "run")))

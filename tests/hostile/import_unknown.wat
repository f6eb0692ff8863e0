;; Imports a function that the host does not have, hoping for a stub.
;; expect: invalid_module kernel.system
(module
  (import "kernel" "system" (func (param i32)))
  (memory (export "memory") 1)
  (func (export "run")))

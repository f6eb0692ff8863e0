;; Exports a table by the name of its memory.
;; expect: invalid_module memory
(module
  (table (export "memory") 1 funcref)
  (func (export "run")))

;; Declares a table of a billion elements.
;; expect: memory_limit table
(module
  (memory (export "memory") 1)
  (table 1000000000 funcref)
  (func (export "run")))

;; Asks for nine tables, so that the limit on elements is worth nine times as much.
;; expect: memory_limit more than 8 tables
(module (table 1 funcref) (table 1 funcref) (table 1 funcref) (table 1 funcref) (table 1 funcref)
  (table 1 funcref) (table 1 funcref) (table 1 funcref) (table 1 funcref)
  (memory (export "memory") 1) (func (export "run")))

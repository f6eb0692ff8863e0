;; Calls an empty place of a table.
;; expect: trap uninitialized|null
(module
  (memory (export "memory") 1)
  (type $t (func))
  (table 1 funcref)
  (func (export "run") (call_indirect (type $t) (i32.const 0))))

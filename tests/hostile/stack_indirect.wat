;; Recurses through a table, where no compiler sees the cycle.
;; expect: stack_overflow call stack
(module
  (memory (export "memory") 1)
  (type $t (func))
  (table 1 funcref)
  (elem (i32.const 0) $f)
  (func $f (call_indirect (type $t) (i32.const 0)))
  (func (export "run") (call $f)))

;; Grows a table for ever, to eat the host's memory where the memory limit does not look.
;; expect: trap unreachable
(module
  (memory (export "memory") 1)
  (table $t 1 funcref)
  (func (export "run")
    (loop $again (br_if $again (i32.ge_s (table.grow $t (ref.null func) (i32.const 100)) (i32.const 0))))
    unreachable))

;; Traps before it runs.
;; expect: trap unreachable
(module
  (memory (export "memory") 1)
  (func $s unreachable)
  (start $s)
  (func (export "run")))

;; Fills memory past its end with one instruction.
;; expect: trap out of bounds
(module
  (memory (export "memory") 1)
  (func (export "run") (memory.fill (i32.const 0) (i32.const 1) (i32.const 65537))))

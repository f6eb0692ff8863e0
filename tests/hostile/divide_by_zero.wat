;; Divides by zero, which is a signal on some processors.
;; expect: trap divide
(module
  (memory (export "memory") 1)
  (func (export "run") (drop (i32.div_s (i32.const 1) (i32.const 0)))))

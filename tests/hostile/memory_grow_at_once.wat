;; Asks for four gigabytes in one step and traps when it does not get them.
;; expect: memory_limit asked for
(module
  (memory (export "memory") 1)
  (func (export "run")
    (if (i32.lt_s (memory.grow (i32.const 65535)) (i32.const 0)) (then unreachable))))

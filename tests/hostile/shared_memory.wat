;; Shares memory between threads that are not there.
;; expect: invalid_module 
(module
  (memory (export "memory") 1 1 shared)
  (func (export "run") (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))))

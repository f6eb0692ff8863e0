;; Has nothing to run.
;; expect: invalid_module run
(module
  (memory (export "memory") 1)
  (func (export "main")))

;; Exports an entry that wants arguments.
;; expect: invalid_module run
(module
  (memory (export "memory") 1)
  (func (export "run") (param i32)))

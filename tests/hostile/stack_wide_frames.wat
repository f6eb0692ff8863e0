;; Recurses with large frames, to jump over a guard page.
;; expect: stack_overflow call stack
(module
  (memory (export "memory") 1)
  (func $f (param i64) (result i64) (local i64 i64 i64 i64 i64 i64 i64 i64)
    (i64.add (call $f (i64.add (local.get 0) (i64.const 1))) (local.get 0)))
  (func (export "run") (drop (call $f (i64.const 0)))))

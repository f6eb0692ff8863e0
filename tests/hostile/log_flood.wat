;; Writes a hundred thousand log lines to fill the memory of whoever keeps them.
;; expect: ok Skill|[INFO]
(module
  (import "blufio" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "run") (local $i i32)
    (loop $again
      (call $log (i32.const 2) (i32.const 0) (i32.const 8))
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 20000))))))

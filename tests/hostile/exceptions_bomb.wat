;; Keeps a hundred thousand exceptions alive, to fill a heap that is not its memory.
;; expect: memory_limit resources.memory_mb
;; limits: memory_mb=1
(module
  (memory (export "memory") 1)
  (tag $t (param i64 i64 i64 i64))
  (table $kept 20000 exnref)
  (func (export "run") (local $i i32) (local $x exnref)
    (loop $again
      (block $caught (result i64 i64 i64 i64 exnref)
        (try_table (catch_ref $t $caught) (throw $t (i64.const 1) (i64.const 1) (i64.const 1) (i64.const 1)))
        unreachable)
      (local.set $x) drop drop drop drop
      (table.set $kept (i32.rem_u (local.get $i) (i32.const 20000)) (local.get $x))
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100000))))))

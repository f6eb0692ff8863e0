;; Writes log lines of the whole memory's size.
;; expect: ok Skill completed
(module
  (import "blufio" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 16)
  (func (export "run") (call $log (i32.const 2) (i32.const 0) (i32.const 1048576)) (call $log (i32.const -1) (i32.const 0) (i32.const 1048576))))

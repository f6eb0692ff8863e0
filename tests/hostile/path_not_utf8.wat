;; Asks for a path that is not text.
;; expect: trap UTF-8
(module
  (import "blufio" "read_file" (func $read_file (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "/\ff")
  (func (export "run") (drop (call $read_file (i32.const 0) (i32.const 2) (i32.const 8) (i32.const 8)))))

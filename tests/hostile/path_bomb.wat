;; Asks for a path of a megabyte, to be shown on an approval card.
;; expect: host_error over the limit
(module
  (import "blufio" "read_file" (func $read_file (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 16)
  (func (export "run") (memory.fill (i32.const 0) (i32.const 47) (i32.const 1000000)) (drop (call $read_file (i32.const 0) (i32.const 1000000) (i32.const 0) (i32.const 0)))))

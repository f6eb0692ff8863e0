;; Asks for effects as fast as it can, to fill the audit log.
;; expect: host_error host calls in one second|host calls in one call
(module
  (import "blufio" "get_env" (func $get_env (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "KEY")
  (func (export "run") (loop $again (drop (call $get_env (i32.const 0) (i32.const 3) (i32.const 64) (i32.const 64))) (br $again))))

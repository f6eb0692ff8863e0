;; Asks for a method that does not exist, to index past a list.
;; expect: trap method 99
(module
  (import "blufio" "http_request" (func $http_request (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "https://example.org")
  (func (export "run") (drop (call $http_request (i32.const 0) (i32.const 19) (i32.const 99) (i32.const 0) (i32.const 0)))))

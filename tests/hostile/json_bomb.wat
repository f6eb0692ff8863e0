;; Sends JSON nested sixty thousand deep, to run over a parser's stack.
;; expect: trap http_fetch
(module
  (import "blufio" "http_fetch" (func $http_fetch (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "run") (memory.fill (i32.const 0) (i32.const 91) (i32.const 60000)) (drop (call $http_fetch (i32.const 0) (i32.const 60000)))))

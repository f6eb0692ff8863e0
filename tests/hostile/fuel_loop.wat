;; Loops for ever and hopes that nobody counts.
;; expect: fuel_exhausted resources.fuel
;; limits: fuel=100000
(module
  (memory (export "memory") 1)
  (func (export "run") (loop $again (br $again))))

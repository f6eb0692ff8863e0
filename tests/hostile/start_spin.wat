;; Spins in its start function, before a host that arms its limits late.
;; expect: fuel_exhausted resources.fuel
;; limits: fuel=100000
(module
  (memory (export "memory") 1)
  (func $s (loop $again (br $again)))
  (start $s)
  (func (export "run")))

(** * What the headline theorems assume

    scripts/proofs adds the examples, and compares what is printed with allowed-axioms.txt. *)

From Edgecert Require Import Model Identities Sharpness Invariants FinalTrap LowerBound DeltaTrap
  Convergence Escape NeverOne Checker.

Print Assumptions gradient_correct.
Print Assumptions hessian_correct.
Print Assumptions flow_conserves.
Print Assumptions sharpness_le_iff.
Print Assumptions sandwich_upper.
Print Assumptions region_step.
Print Assumptions potential_le.
Print Assumptions final_trap_bounds.
Print Assumptions residual_decay.
Print Assumptions final_trap_sharpness.
Print Assumptions final_trap_loss.
Print Assumptions final_trap_eventually.
Print Assumptions a_lower_bound.
Print Assumptions delta_trap_bounds.
Print Assumptions delta_trap_sharpness.
Print Assumptions delta_trap_loss.
Print Assumptions final_trap_limit.
Print Assumptions delta_trap_limit.
Print Assumptions delta_trap_converges.
Print Assumptions clipped_converges.
Print Assumptions escape.
Print Assumptions escape_diverges.
Print Assumptions a_never_1.
Print Assumptions accepted_sound.

(** A run that diverges: lambda = (100, 1/100), eta = 1/20, from (1/10, 1/10, 1/10). |beta1| falls
    below 1e-1238 before the spike, in which b exceeds 1 and throws alpha across 0; then
    the iterate escapes. *)

From Coq Require Import ZArith NArith QArith List.
From Edgecert Require Import Certificate Checker.
Import ListNotations.
Open Scope Q_scope.

Definition certificate : certificate := {|
  variance1 := 100 # 1;
  variance2 := 1 # 100;
  learning_rate := 1 # 20;
  clip_bound := None;
  start_alpha := 1 # 10;
  start_beta1 := 1 # 10;
  start_beta2 := 1 # 10;
  precision := 252;
  check_precision := 60;
  formula_precision := 124;
  phases := [
    {| steps := 8358; sharpness_bound := 9361 # 100; loss_bound := Some (9911 # 1000000);
       size_bounds := None |};
    {| steps := 6; sharpness_bound := 57720 # 1; loss_bound := Some (9391 # 10);
       size_bounds := None |}
  ];
  violations := [
    {| at_step := 5310; exceeded := 42 # 1; vector := (0 # 1, -1 # 1, 0 # 1) |}
  ];
  statements := [];
  end_trap := Escape;
  laters := [
    Sharpness_above_edge_plus (2 # 1) 0;
    Diverges
  ]
|}.

Lemma computed : accepted certificate = true.
Proof. vm_cast_no_check (eq_refl true). Qed.

Theorem certified : claim certificate.
Proof. exact (accepted_sound certificate computed). Qed.

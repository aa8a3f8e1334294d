(** Below the edge: lambda = (100, 1/100), eta = 1/80, from (1/2, 1/10, 1). *)

From Coq Require Import ZArith NArith QArith List.
From Edgecert Require Import Certificate Checker.
Import ListNotations.
Open Scope Q_scope.

Definition certificate : certificate := {|
  variance1 := 100 # 1;
  variance2 := 1 # 100;
  learning_rate := 1 # 80;
  clip_bound := None;
  start_alpha := 1 # 2;
  start_beta1 := 1 # 10;
  start_beta2 := 1 # 1;
  precision := 252;
  check_precision := 60;
  formula_precision := 124;
  phases := [
    {| steps := 20; sharpness_bound := 287 # 10; loss_bound := Some (127 # 1000);
       size_bounds := Some (501 # 1000, 101 # 1000, 101 # 100) |};
    {| steps := 480; sharpness_bound := 27 # 1; loss_bound := Some (131 # 100000);
       size_bounds := Some (13 # 25, 1 # 12500, 51 # 50) |}
  ];
  violations := [];
  statements := [];
  end_trap := Final_trap (519093 # 1000000) (861529 # 1000000) (99983743 # 100000000);
  laters := [
    Sharpness_at_most_edge_plus (-113 # 100) 0;
    Loss_at_most (3 # 2500) 0;
    Loss_at_most (1 # 1000000000000) 64400;
    Eventually_below_every_bound
  ]
|}.

Lemma computed : accepted certificate = true.
Proof. vm_cast_no_check (eq_refl true). Qed.

Theorem certified : claim certificate.
Proof. exact (accepted_sound certificate computed). Qed.

(** Clipped gradient descent from above the edge: lambda = (100, 1/100), eta = 1/60, |beta1| <= 1/10,
    from (28/25, 1/10, 17/20). beta1 is clipped twice. *)

From Coq Require Import ZArith NArith QArith List.
From Edgecert Require Import Certificate Checker.
Import ListNotations.
Open Scope Q_scope.

Definition certificate : certificate := {|
  variance1 := 100 # 1;
  variance2 := 1 # 100;
  learning_rate := 1 # 60;
  clip_bound := Some (1 # 10);
  start_alpha := 28 # 25;
  start_beta1 := 1 # 10;
  start_beta2 := 17 # 20;
  precision := 252;
  check_precision := 60;
  formula_precision := 124;
  phases := [
    {| steps := 3; sharpness_bound := 130 # 1; loss_bound := Some (157 # 250);
       size_bounds := Some (113 # 100, 101 # 1000, 851 # 1000) |};
    {| steps := 197; sharpness_bound := 120 # 1; loss_bound := Some (259 # 500);
       size_bounds := Some (107 # 100, 239 # 2500, 107 # 125) |}
  ];
  violations := [];
  statements := [];
  end_trap := Final_trap (101919 # 100000) (194361 # 100000) (99970521 # 100000000);
  laters := [
    Sharpness_at_most_edge_plus (0 # 1) 0;
    Loss_at_most (17 # 200000) 0;
    Loss_at_most (1 # 1000000) 7700;
    Loss_at_most (1 # 100000000000000000000) 62400;
    Eventually_below_every_bound
  ]
|}.

Lemma computed : accepted certificate = true.
Proof. vm_cast_no_check (eq_refl true). Qed.

Theorem certified : claim certificate.
Proof. exact (accepted_sound certificate computed). Qed.

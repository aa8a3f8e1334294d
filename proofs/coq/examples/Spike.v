(** One spike: lambda = (100, 1/100), eta = 1/40, from (63/100, 1/100, 1/2). |beta1| falls below 1e-1557
    and grows again; the sharpness rises to 1.36 times the edge 2/eta = 80 before it is brought down. *)

From Coq Require Import ZArith NArith QArith List.
From Edgecert Require Import Certificate Checker.
Import ListNotations.
Open Scope Q_scope.

Definition certificate : certificate := {|
  variance1 := 100 # 1;
  variance2 := 1 # 100;
  learning_rate := 1 # 40;
  clip_bound := None;
  start_alpha := 63 # 100;
  start_beta1 := 1 # 100;
  start_beta2 := 1 # 2;
  precision := 504;
  check_precision := 60;
  formula_precision := 124;
  phases := [
    {| steps := 12300; sharpness_bound := 109 # 1; loss_bound := Some (261 # 100);
       size_bounds := Some (26 # 25, 27 # 100, 963 # 1000) |};
    {| steps := 50; sharpness_bound := 80 # 1; loss_bound := Some (327 # 1000);
       size_bounds := Some (631 # 1000, 129 # 1000, 483 # 500) |}
  ];
  violations := [];
  statements := [];
  end_trap := Final_trap (608593 # 1000000) (11847 # 6250) (99967463 # 100000000);
  laters := [
    Sharpness_at_most_edge_plus (0 # 1) 0;
    Loss_at_most (87 # 100000) 0;
    Loss_at_most (1 # 1000000) 10600;
    Loss_at_most (1 # 100000000000000000000) 60100;
    Eventually_below_every_bound
  ]
|}.

Lemma computed : accepted certificate = true.
Proof. vm_cast_no_check (eq_refl true). Qed.

Theorem certified : claim certificate.
Proof. exact (accepted_sound certificate computed). Qed.

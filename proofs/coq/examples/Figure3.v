(** The setting of Figure 3 of the paper: lambda = (100, 1/100), eta = 1/12,
    from (487/1000, 1/100, 3/2). *)

From Coq Require Import ZArith NArith QArith List.
From Edgecert Require Import Certificate Checker.
Import ListNotations.
Open Scope Q_scope.

Definition certificate : certificate := {|
  variance1 := 100 # 1;
  variance2 := 1 # 100;
  learning_rate := 1 # 12;
  clip_bound := None;
  start_alpha := 487 # 1000;
  start_beta1 := 1 # 100;
  start_beta2 := 3 # 2;
  precision := 504;
  check_precision := 60;
  formula_precision := 124;
  phases := [
    {| steps := 10000; sharpness_bound := 131 # 5; loss_bound := Some (157 # 10000);
       size_bounds := Some (513 # 1000, 363 # 10000, 197 # 100) |}
  ];
  violations := [];
  statements := [];
  end_trap := Delta_trap (451381 # 1000000) (2144071797 # 1000000000) (5023 # 500000) (2437333 # 5000000) (13827 # 100000000) (42879 # 10000);
  laters := [
    Sharpness_at_most_edge_plus (1839 # 10000) 0;
    Loss_at_most (2 # 125) 0;
    Eventually_below_every_bound
  ]
|}.

Lemma computed : accepted certificate = true.
Proof. vm_cast_no_check (eq_refl true). Qed.

Theorem certified : claim certificate.
Proof. exact (accepted_sound certificate computed). Qed.

(** The setting of Figure 2 of the paper: lambda = (100, 1/100), eta = 1/20,
    from (63/100, 1/100, 1/2). *)

From Coq Require Import ZArith NArith QArith List.
From Edgecert Require Import Certificate Checker.
Import ListNotations.
Open Scope Q_scope.

Definition certificate : certificate := {|
  variance1 := 100 # 1;
  variance2 := 1 # 100;
  learning_rate := 1 # 20;
  clip_bound := None;
  start_alpha := 63 # 100;
  start_beta1 := 1 # 100;
  start_beta2 := 1 # 2;
  precision := 1008;
  check_precision := 60;
  formula_precision := 124;
  phases := [
    {| steps := 28442; sharpness_bound := 254 # 5; loss_bound := Some (187 # 500);
       size_bounds := Some (713 # 1000, 73 # 500, 79 # 50) |};
    {| steps := 24158; sharpness_bound := 40 # 1; loss_bound := Some (181 # 10000000);
       size_bounds := Some (317 # 500, 19 # 20000, 159 # 100) |}
  ];
  violations := [];
  statements := [];
  end_trap := Final_trap (630089 # 1000000) (199999535171 # 100000000000) (99999081 # 100000000);
  laters := [
    Sharpness_at_most_edge_plus (0 # 1) 0;
    Loss_at_most (11 # 50000000) 0;
    Loss_at_most (1 # 100000000) 604800;
    Loss_at_most (1 # 100000000000000000000) 3576900;
    Eventually_below_every_bound
  ]
|}.

Lemma computed : accepted certificate = true.
Proof. vm_cast_no_check (eq_refl true). Qed.

Theorem certified : claim certificate.
Proof. exact (accepted_sound certificate computed). Qed.

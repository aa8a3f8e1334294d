(** The setting of Figure 1 of the paper: lambda = (100, 1/100), eta = 1/20,
    from (31/50, 1/100, 3/4). The sharpness spikes above the edge 2/eta = 40 again and again; the delta-trap
    bounds what spikes there are after step 10 000. At step 550 it exceeds (2 + 1/10)/eta = 42. a = eta lambda1 alpha^2,
    b = eta lambda1 beta1^2; a prime means the next iterate. *)

From Coq Require Import ZArith NArith QArith List.
From Edgecert Require Import Formula Certificate Checker.
Import ListNotations.
Open Scope Q_scope.

Definition a : expression := Const (5 # 1) * Alpha ^ 2.
Definition a' : expression := Const (5 # 1) * Alpha' ^ 2.
Definition b : expression := Const (5 # 1) * Beta1 ^ 2.
Definition b' : expression := Const (5 # 1) * Beta1' ^ 2.
Definition s : expression := Const (1 # 1) - Alpha * Beta2.
Definition drive : expression := Const (1 # 2000) * Beta2 * s / Alpha.

(** Progressive sharpening: while the oscillation is small the sharpness grows. *)
Definition sharpening : formula := b < drive -> a' > a.

(** Above the edge the oscillation grows. *)
Definition growth : formula := a >= Const (21 # 10) -> b' >= Const (121 # 100) * b.

Definition certificate : certificate := {|
  variance1 := 100 # 1;
  variance2 := 1 # 100;
  learning_rate := 1 # 20;
  clip_bound := None;
  start_alpha := 31 # 50;
  start_beta1 := 1 # 100;
  start_beta2 := 3 # 4;
  precision := 504;
  check_precision := 60;
  formula_precision := 124;
  phases := [
    {| steps := 6239; sharpness_bound := 256 # 5; loss_bound := Some (109 # 250);
       size_bounds := Some (179 # 250, 19 # 125, 133 # 100) |};
    {| steps := 3761; sharpness_bound := 244 # 5; loss_bound := Some (69 # 250);
       size_bounds := Some (7 # 10, 137 # 1000, 73 # 50) |}
  ];
  violations := [
    {| at_step := 550; exceeded := 42 # 1; vector := (0 # 1, 1 # 1, 0 # 1) |}
  ];
  statements := [
    {| first_step := 0; step_count := 10000; says := sharpening |};
    {| first_step := 0; step_count := 10000; says := growth |}
  ];
  end_trap := Delta_trap (3162277 # 10000000) (2287397651 # 1000000000) (14643 # 250000) (6293167 # 10000000) (99423 # 1000000000) (63819 # 10000);
  laters := [
    Sharpness_at_most_edge_plus (5069 # 10000) 0;
    Loss_at_most (7 # 25) 0;
    Eventually_below_every_bound
  ]
|}.

Lemma computed : accepted certificate = true.
Proof. vm_cast_no_check (eq_refl true). Qed.

Theorem certified : claim certificate.
Proof. exact (accepted_sound certificate computed). Qed.

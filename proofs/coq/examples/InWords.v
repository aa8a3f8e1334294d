(** What a certificate claims, spelled out for BelowEdge.v. *)

From Coq Require Import NArith QArith Qreals Reals Lra Lia List.
From Edgecert Require Import Model Certificate.
From Edgecert.examples Require BelowEdge.
Open Scope R_scope.

(** lambda1 = 100, lambda2 = 1/100, eta = 1/80, nothing is clipped. *)
#[local] Instance below_edge : model := Model 100 (1 / 100) (1 / 80) None.

Definition x (t : nat) : state := iterate t (State (1 / 2) (1 / 10) 1).

Lemma same_model : model_of BelowEdge.certificate = below_edge.
Proof. unfold model_of, below_edge; simpl; f_equal; unfold Q2R; simpl; lra. Qed.

Lemma same_run : iterate_of BelowEdge.certificate = x.
Proof.
  unfold iterate_of, x. rewrite same_model.
  assert (E : start_of BelowEdge.certificate = State (1 / 2) (1 / 10) 1)
    by (unfold start_of; simpl; f_equal; unfold Q2R; simpl; lra).
  now rewrite E.
Qed.

(** The sharpness is at most 28.7 in the first 20 steps, and never above 0.87/eta = 69.6 from step
    500 on; the loss is at most 1e-12 from step 64 900 on. *)
Theorem certified :
  (forall t, (t < 20)%nat -> sharpness_le (x t) (287 / 10))
  /\ (forall t, (500 <= t)%nat -> sharpness_le (x t) ((2 - 113 / 100) / (1 / 80)))
  /\ (forall t, (64900 <= N.of_nat t)%N -> loss (x t) <= 1 / 1000000000000).
Proof.
  destruct BelowEdge.certified as ([Hfirst _] & _ & _ & Hlater).
  apply Forall_inv in Hlater as Hsharp.
  apply Forall_inv_tail, Forall_inv_tail, Forall_inv in Hlater. rename Hlater into Hloss.
  unfold phase_holds, later_holds in *. rewrite same_run in *. rewrite same_model in *.
  split; [|split]; intros t Ht.
  - destruct (Hfirst t) as [H _]; [simpl; lia|]. simpl in H.
    replace (287 / 10) with (Q2R (287 # 10)) by (unfold Q2R; simpl; lra). exact H.
  - specialize (Hsharp t). simpl in Hsharp.
    replace ((2 - 113 / 100) / (1 / 80)) with ((2 + Q2R (-113 # 100)) / Q2R (1 # 80))
      by (unfold Q2R; simpl; field).
    apply Hsharp. lia.
  - specialize (Hloss t). simpl in Hloss.
    replace (1 / 1000000000000) with (Q2R (1 # 1000000000000)) by (unfold Q2R; simpl; lra).
    apply Hloss. lia.
Qed.

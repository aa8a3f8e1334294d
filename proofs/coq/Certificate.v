(** * Certificates and what they claim

    A certificate is a record of integers and fractions. [claim] says in words what it claims
    of a run of gradient descent; this file, Model.v and, for statements, Formula.v are all that
    has to be read to understand it. *)

From Coq Require Import ZArith NArith QArith Qreals Reals List.
From Edgecert Require Import Model Formula.
Import ListNotations.
Open Scope R_scope.

(** A number of steps, and bounds on the sharpness and, if wanted, on the loss and on |alpha|,
    |beta1| and |beta2| at each of them. *)
Record phase := Phase {
  steps : N;
  sharpness_bound : Q;
  loss_bound : option Q;
  size_bounds : option (Q * Q * Q)
}.

(** At one of the steps of the phases the sharpness exceeds a bound. The vector, along which the
    Hessian shows it, is no part of the claim. *)
Record violation := Violation { at_step : N; exceeded : Q; vector : Q * Q * Q }.

(** A formula about an iterate and the next one holds at so many steps, from the first one on. All
    of them are steps of the phases. *)
Record statement := Statement { first_step : N; step_count : N; says : formula }.

(** What the run ends in after the last phase: nothing that is known, one of the traps of
    FinalTrap.v and DeltaTrap.v, or the escape of Escape.v. The README says how to choose the
    constants. They are no part of the claim. *)
Inductive trap :=
  | No_trap
  | Final_trap (alpha_low a_high rate : Q)
  | Delta_trap (alpha_low a_high b_high edge_low drive_high log_high : Q)
  | Escape.

(** What is claimed of all steps from the [after]-th after the last phase on. *)
Inductive later :=
  | Sharpness_at_most_edge_plus (delta : Q) (after : N)
  | Loss_at_most (epsilon : Q) (after : N)
  | Eventually_below_every_bound
  | Sharpness_above_edge_plus (delta : Q) (after : N)
  | Diverges.

Record certificate := Certificate {
  variance1 : Q;               (* lambda1 *)
  variance2 : Q;               (* lambda2 *)
  learning_rate : Q;           (* eta *)
  clip_bound : option Q;       (* |beta1| is clipped to this after each step *)
  start_alpha : Q;
  start_beta1 : Q;
  start_beta2 : Q;
  precision : Z;               (* bits of the balls *)
  check_precision : Z;         (* bits with which bounds are checked *)
  formula_precision : Z;       (* bits with which statements are checked *)
  phases : list phase;
  violations : list violation;
  statements : list statement;
  end_trap : trap;
  laters : list later
}.

(** ** The run *)

Definition model_of (k : certificate) : model := {|
  lambda1 := Q2R (variance1 k);
  lambda2 := Q2R (variance2 k);
  eta := Q2R (learning_rate k);
  clip := option_map Q2R (clip_bound k)
|}.

Definition start_of (k : certificate) : state :=
  State (Q2R (start_alpha k)) (Q2R (start_beta1 k)) (Q2R (start_beta2 k)).

(** The exact iterate of gradient descent after [t] steps. *)
Definition iterate_of (k : certificate) (t : nat) : state :=
  iterate (m := model_of k) t (start_of k).

(** ** The claim *)

Section Claim.

Variable k : certificate.

Let S_le t bound := sharpness_le (m := model_of k) (iterate_of k t) bound.
Let L t := loss (m := model_of k) (iterate_of k t).

Definition loss_holds (x : state) (bound : option Q) : Prop :=
  match bound with
  | Some bound => loss (m := model_of k) x <= Q2R bound
  | None => True
  end.

Definition size_holds (x : state) (bounds : option (Q * Q * Q)) : Prop :=
  match bounds with
  | Some (bound0, bound1, bound2) =>
      Rabs (alpha x) <= Q2R bound0 /\ Rabs (beta1 x) <= Q2R bound1 /\ Rabs (beta2 x) <= Q2R bound2
  | None => True
  end.

Definition phase_holds (from : N) (f : phase) : Prop :=
  forall t : nat, (from <= N.of_nat t < from + steps f)%N ->
    S_le t (Q2R (sharpness_bound f))
    /\ loss_holds (iterate_of k t) (loss_bound f)
    /\ size_holds (iterate_of k t) (size_bounds f).

(** One phase follows upon the other. *)
Fixpoint phases_hold (from : N) (fs : list phase) : Prop :=
  match fs with
  | [] => True
  | f :: fs => phase_holds from f /\ phases_hold (from + steps f)%N fs
  end.

(** All steps of all phases. *)
Definition total_steps (fs : list phase) : N :=
  fold_right (fun f n => (steps f + n)%N) 0%N fs.

Definition violation_holds (v : violation) : Prop :=
  ~ S_le (N.to_nat (at_step v)) (Q2R (exceeded v)).

Definition statement_holds (s : statement) : Prop :=
  forall t : nat, (first_step s <= N.of_nat t < first_step s + step_count s)%N ->
    holds (m := model_of k) (iterate_of k t) (iterate_of k (S t)) (says s).

Definition later_holds (from : N) (l : later) : Prop :=
  match l with
  | Sharpness_at_most_edge_plus delta after =>
      forall t : nat, (from + after <= N.of_nat t)%N ->
        S_le t ((2 + Q2R delta) / Q2R (learning_rate k))
  | Loss_at_most epsilon after =>
      forall t : nat, (from + after <= N.of_nat t)%N -> L t <= Q2R epsilon
  | Eventually_below_every_bound =>
      forall delta epsilon, 0 < delta -> 0 < epsilon ->
      exists T : nat, forall t : nat, (T <= t)%nat ->
        S_le t ((2 + delta) / Q2R (learning_rate k)) /\ L t <= epsilon
  | Sharpness_above_edge_plus delta after =>
      forall t : nat, (from + after <= N.of_nat t)%N ->
        ~ S_le t ((2 + Q2R delta) / Q2R (learning_rate k))
  | Diverges =>
      forall bound, exists T : nat, forall t : nat, (T <= t)%nat ->
        bound <= Rabs (alpha (iterate_of k t)) /\ bound <= Rabs (beta1 (iterate_of k t))
        /\ bound <= L t /\ ~ S_le t bound
  end.

Definition claim : Prop :=
  phases_hold 0 (phases k)
  /\ Forall violation_holds (violations k)
  /\ Forall statement_holds (statements k)
  /\ Forall (later_holds (total_steps (phases k))) (laters k).

End Claim.

(** * The minimalist model

    Two layers of width one and one irrelevant feature of large variance [lambda1] beside one
    relevant feature of small variance [lambda2]:

      L(alpha, beta1, beta2) = lambda1/2 (alpha beta1)^2 + lambda2/2 (alpha beta2 - 1)^2.

    This file defines the loss, its gradient and Hessian (and proves that they are its
    derivatives), what "the sharpness is at most c" means, and gradient descent, plain or with
    beta1 clipped. Nothing else has to be read to understand what the later theorems say. *)

From Coq Require Import Reals Lra.
From Coquelicot Require Import Coquelicot.
Open Scope R_scope.

(** A point (alpha, beta1, beta2). *)
Record state := State { alpha : R; beta1 : R; beta2 : R }.

(** Variances, learning rate, and the bound to which beta1 is clipped after each step, if it
    is. The model is an implicit argument of everything below. *)
Class model := Model { lambda1 : R; lambda2 : R; eta : R; clip : option R }.

Class positive_model {m : model} : Prop := Positive {
  lambda1_pos : 0 < lambda1;
  lambda2_pos : 0 < lambda2;
  eta_pos : 0 < eta
}.

(** Every entry is quadratic in each coordinate, so that one rule is enough. *)
Lemma is_derive_quadratic (f : R -> R) y l :
  (forall u, f u = ((f 1 + f (- 1)) / 2 - f 0) * u ^ 2 + (f 1 - f (- 1)) / 2 * u + f 0) ->
  l = 2 * ((f 1 + f (- 1)) / 2 - f 0) * y + (f 1 - f (- 1)) / 2 ->
  is_derive f y l.
Proof.
  intros Hf Hl. set (A := (f 1 + f (- 1)) / 2 - f 0) in *. set (B := (f 1 - f (- 1)) / 2) in *.
  apply (is_derive_ext (fun u => A * u ^ 2 + B * u + f 0)); [intros u; symmetry; apply Hf|].
  evar_last.
  - apply (is_derive_plus (fun u => A * u ^ 2 + B * u) (fun _ => f 0)); [|apply is_derive_const].
    apply (is_derive_plus (fun u => A * u ^ 2)).
    + apply (is_derive_scal (fun u => u ^ 2)). apply (is_derive_pow (fun u => u) 2).
      apply is_derive_id.
    + apply (is_derive_scal (fun u => u)). apply is_derive_id.
  - rewrite Hl. unfold plus, scal, mult, zero, one; simpl. unfold mult; simpl. ring.
Qed.

Section Model.

Context {m : model}.

(** ** Loss, gradient, Hessian *)

Definition loss x :=
  lambda1 / 2 * (alpha x * beta1 x) ^ 2 + lambda2 / 2 * (alpha x * beta2 x - 1) ^ 2.

Definition grad_alpha x :=
  lambda1 * alpha x * beta1 x ^ 2 + lambda2 * beta2 x * (alpha x * beta2 x - 1).
Definition grad_beta1 x := lambda1 * alpha x ^ 2 * beta1 x.
Definition grad_beta2 x := lambda2 * alpha x * (alpha x * beta2 x - 1).

Definition hess_alpha_alpha x := lambda1 * beta1 x ^ 2 + lambda2 * beta2 x ^ 2.
Definition hess_alpha_beta1 x := 2 * lambda1 * alpha x * beta1 x.
Definition hess_alpha_beta2 x := lambda2 * (2 * alpha x * beta2 x - 1).
Definition hess_beta1_beta1 x := lambda1 * alpha x ^ 2.
Definition hess_beta1_beta2 (x : state) := 0.
Definition hess_beta2_beta2 x := lambda2 * alpha x ^ 2.

(** v^T H v for v = (v0, v1, v2). *)
Definition hess_form x v0 v1 v2 :=
  hess_alpha_alpha x * v0 ^ 2 + hess_beta1_beta1 x * v1 ^ 2 + hess_beta2_beta2 x * v2 ^ 2
  + 2 * (hess_alpha_beta1 x * v0 * v1 + hess_alpha_beta2 x * v0 * v2
         + hess_beta1_beta2 x * v1 * v2).

(** S(x) <= c: the largest eigenvalue of the Hessian is at most c. *)
Definition sharpness_le x c :=
  forall v0 v1 v2, hess_form x v0 v1 v2 <= c * (v0 ^ 2 + v1 ^ 2 + v2 ^ 2).

(** [f] has at [x] the partial derivatives [da], [db1], [db2]. *)
Definition has_partials (f : state -> R) x da db1 db2 :=
  is_derive (fun y => f (State y (beta1 x) (beta2 x))) (alpha x) da
  /\ is_derive (fun y => f (State (alpha x) y (beta2 x))) (beta1 x) db1
  /\ is_derive (fun y => f (State (alpha x) (beta1 x) y)) (beta2 x) db2.

Theorem gradient_correct x :
  has_partials loss x (grad_alpha x) (grad_beta1 x) (grad_beta2 x).
Proof.
  unfold has_partials, loss, grad_alpha, grad_beta1, grad_beta2; simpl.
  split; [|split]; apply is_derive_quadratic; intros; simpl; field.
Qed.

Theorem hessian_correct x :
  has_partials grad_alpha x (hess_alpha_alpha x) (hess_alpha_beta1 x) (hess_alpha_beta2 x)
  /\ has_partials grad_beta1 x (hess_alpha_beta1 x) (hess_beta1_beta1 x) (hess_beta1_beta2 x)
  /\ has_partials grad_beta2 x (hess_alpha_beta2 x) (hess_beta1_beta2 x) (hess_beta2_beta2 x).
Proof.
  unfold has_partials, grad_alpha, grad_beta1, grad_beta2, hess_alpha_alpha, hess_alpha_beta1,
    hess_alpha_beta2, hess_beta1_beta1, hess_beta1_beta2, hess_beta2_beta2; simpl.
  split; [|split]; (split; [|split]); apply is_derive_quadratic; intros; simpl; field.
Qed.

(** ** Gradient descent *)

Definition clip_to B y := Rmax (- B) (Rmin B y).

Definition clipped y := match clip with Some B => clip_to B y | None => y end.

Definition step x :=
  State (alpha x - eta * grad_alpha x)
        (clipped (beta1 x - eta * grad_beta1 x))
        (beta2 x - eta * grad_beta2 x).

(** The iterate after [t] steps from [x]. *)
Fixpoint iterate (t : nat) x :=
  match t with
  | O => x
  | S t => step (iterate t x)
  end.

Lemma iterate_add t u x : iterate (t + u) x = iterate t (iterate u x).
Proof. induction t as [|t IH]; simpl; [reflexivity|now rewrite IH]. Qed.

End Model.

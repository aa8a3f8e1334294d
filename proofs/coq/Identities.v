(** * Normalised quantities and the exact identities of the map

    Notation, (I1) to (I5) of proofs/dynamics.md. *)

From Coq Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Coquelicot.
From Edgecert Require Import Model.
Open Scope R_scope.

(** Goals 0 <= product, sum or square of what is seen not to be negative. *)
Ltac nonneg :=
  solve [ lra
        | apply pow2_ge_0
        | apply Rmult_le_pos; nonneg
        | apply Rplus_le_le_0_compat; nonneg ].

Section Identities.

Context {m : model}.

(** Names as in proofs/dynamics.md, but for [potential], which is Q there. *)
Definition h := eta * lambda1.
Definition e := eta * lambda2.
Definition rho := lambda2 / lambda1.
Definition a x := h * alpha x ^ 2.
Definition b x := h * beta1 x ^ 2.
Definition c x := h * beta2 x ^ 2.
Definition p x := alpha x * beta2 x.
Definition r x := p x - 1.
Definition s x := 1 - p x.
Definition potential x := alpha x ^ 2 - beta2 x ^ 2.
Definition conserved x := alpha x ^ 2 - beta1 x ^ 2 - beta2 x ^ 2.
(** [drive x] is D. *)
Definition drive x := e * beta2 x * s x / alpha x.

(** ** The map *)

Lemma alpha_step x : alpha (step x) = alpha x * (1 - b x) + e * beta2 x * s x.
Proof. unfold step, grad_alpha, b, s, p, e, h; simpl; ring. Qed.

Lemma beta2_step x : beta2 (step x) = beta2 x + e * alpha x * s x.
Proof. unfold step, grad_beta2, s, p, e; simpl; ring. Qed.

Lemma beta1_step x : beta1 (step x) = clipped (beta1 x * (1 - a x)).
Proof. unfold step, grad_beta1, a, h; simpl; f_equal; ring. Qed.

Lemma alpha_step_drive x : alpha x <> 0 -> alpha (step x) = alpha x * (1 - b x + drive x).
Proof. intros Hx. rewrite alpha_step. unfold drive. field. exact Hx. Qed.

Lemma a_step x : alpha x <> 0 -> a (step x) = a x * (1 - b x + drive x) ^ 2.
Proof. intros Hx. unfold a. rewrite alpha_step_drive by exact Hx. ring. Qed.

(** ** Clipping *)

Lemma clip_to_bound B y : 0 <= B -> Rabs (clip_to B y) <= B.
Proof.
  intros HB. unfold clip_to. apply Rabs_le.
  unfold Rmax, Rmin; repeat destruct Rle_dec; lra.
Qed.

Lemma clip_to_id B y : Rabs y <= B -> clip_to B y = y.
Proof.
  intros H. apply Rabs_le_between in H. unfold clip_to.
  unfold Rmax, Rmin; repeat destruct Rle_dec; lra.
Qed.

Lemma clip_to_above B y : 0 <= B -> B <= y -> clip_to B y = B.
Proof. intros. unfold clip_to, Rmax, Rmin; repeat destruct Rle_dec; lra. Qed.

Lemma clip_to_below B y : 0 <= B -> y <= - B -> clip_to B y = - B.
Proof. intros. unfold clip_to, Rmax, Rmin; repeat destruct Rle_dec; lra. Qed.

(** The bound of clipping is not negative. *)
Definition clip_ok := match clip with Some B => 0 <= B | None => True end.

(** beta1 lies within the bound of clipping; no condition if nothing is clipped. *)
Definition within_clip x := match clip with Some B => Rabs (beta1 x) <= B | None => True end.

Lemma clipped_square_le y : clip_ok -> clipped y ^ 2 <= y ^ 2.
Proof.
  unfold clip_ok, clipped. destruct clip as [B|]; intros HB; [|lra].
  unfold clip_to, Rmax, Rmin; repeat destruct Rle_dec; nra.
Qed.

Lemma within_clip_step x : clip_ok -> within_clip (step x).
Proof.
  unfold clip_ok, within_clip. rewrite beta1_step. unfold clipped.
  destruct clip as [B|]; intros HB; [|exact HB]. now apply clip_to_bound.
Qed.

Lemma clipped_within x y : within_clip x -> Rabs y <= Rabs (beta1 x) -> clipped y = y.
Proof.
  unfold within_clip, clipped. destruct clip as [B|]; intros Hx Hy; [|reflexivity].
  apply clip_to_id. lra.
Qed.

Lemma b_step_plain x : clip = None -> b (step x) = b x * (1 - a x) ^ 2.
Proof. intros E. unfold b. rewrite beta1_step. unfold clipped. rewrite E. ring. Qed.

Lemma b_step_clipped x B :
  clip = Some B -> 0 <= B -> 0 <= h -> b (step x) = Rmin (h * B ^ 2) (b x * (1 - a x) ^ 2).
Proof.
  intros E HB Hh. unfold b. rewrite beta1_step. unfold clipped. rewrite E.
  set (y := beta1 x * (1 - a x)).
  replace (h * beta1 x ^ 2 * (1 - a x) ^ 2) with (h * y ^ 2) by (unfold y; ring).
  destruct (Rle_dec (Rabs y) B) as [Hy|Hy].
  - rewrite clip_to_id by exact Hy. apply Rabs_le_between in Hy.
    rewrite Rmin_right; [reflexivity|]. apply Rmult_le_compat_l; [exact Hh|]. nra.
  - assert (Hs : h * B ^ 2 <= h * y ^ 2).
    { apply Rmult_le_compat_l; [exact Hh|].
      rewrite <- (pow2_abs y).
      apply pow_incr. lra. }
    rewrite Rmin_left by exact Hs.
    destruct (Rle_dec 0 y) as [H0|H0].
    + rewrite Rabs_pos_eq in Hy by exact H0. now rewrite clip_to_above by lra.
    + rewrite Rabs_left in Hy by lra. rewrite clip_to_below by lra. ring.
Qed.

Lemma b_step_le x : clip_ok -> 0 <= h -> b (step x) <= b x * (1 - a x) ^ 2.
Proof.
  intros HB Hh. unfold b. rewrite beta1_step.
  pose proof (clipped_square_le (beta1 x * (1 - a x)) HB).
  replace (h * beta1 x ^ 2 * (1 - a x) ^ 2) with (h * (beta1 x * (1 - a x)) ^ 2) by ring.
  now apply Rmult_le_compat_l.
Qed.

Lemma b_nonneg x : 0 <= h -> 0 <= b x.
Proof. intros. unfold b. apply Rmult_le_pos; [assumption|apply pow2_ge_0]. Qed.

Lemma a_nonneg x : 0 <= h -> 0 <= a x.
Proof. intros. unfold a. apply Rmult_le_pos; [assumption|apply pow2_ge_0]. Qed.

(** A step does not clip what it does not enlarge. *)
Lemma b_step_within x :
  within_clip x -> 0 <= a x <= 2 -> b (step x) = b x * (1 - a x) ^ 2.
Proof.
  intros Hx Ha. unfold b. rewrite beta1_step, (clipped_within x).
  - ring.
  - exact Hx.
  - rewrite Rabs_mult. rewrite <- (Rmult_1_r (Rabs (beta1 x))) at 2.
    apply Rmult_le_compat_l; [apply Rabs_pos|]. apply Rabs_le. lra.
Qed.

(** ** The identities *)

Theorem identity_1 x :
  s (step x) = s x * (1 - e * (alpha x ^ 2 * (1 - b x) + beta2 x ^ 2) - e ^ 2 * (1 - s x) * s x)
               + b x * (1 - s x).
Proof. unfold s at 1, p. rewrite alpha_step, beta2_step. unfold s, p. ring. Qed.

Theorem identity_2 x :
  potential (step x) = potential x * (1 - e ^ 2 * s x ^ 2)
                       - b x * (alpha x ^ 2 * (2 - b x) + 2 * e * p x * s x).
Proof. unfold potential. rewrite alpha_step, beta2_step. unfold s, p. ring. Qed.

Theorem identity_3 x :
  lambda2 = 0 -> clip = None ->
  a (step x) - b (step x) = (a x - b x) * (1 - a x * b x).
Proof.
  intros E Hc. rewrite b_step_plain by exact Hc.
  unfold a at 1. rewrite alpha_step. unfold e. rewrite E. unfold a, b, s, p. ring.
Qed.

(** The residual r^ of the edge: alpha_e is where a = 2. *)
Theorem identity_4 x alpha_e :
  lambda1 <> 0 -> h * alpha_e ^ 2 = 2 -> alpha_e <> 0 ->
  let g := alpha x / alpha_e in
  let residual y := alpha_e * beta2 y - 1 in
  residual (step x) = (1 - 2 * rho) * residual x + 2 * rho * (1 - g) * (p x + residual x).
Proof.
  intros Hl He Hn g residual. unfold residual. rewrite beta2_step.
  assert (E : e * alpha_e ^ 2 = 2 * rho).
  { unfold rho. replace (2 * (lambda2 / lambda1)) with (h * alpha_e ^ 2 * (lambda2 / lambda1))
      by (rewrite He; ring). unfold h, e. field. exact Hl. }
  replace (alpha_e * (beta2 x + e * alpha x * s x) - 1)
    with (alpha_e * beta2 x - 1 + e * alpha_e ^ 2 * (g * s x)) by (unfold g; field; exact Hn).
  rewrite E. unfold s, p, g. field. exact Hn.
Qed.

(** Gradient flow conserves [conserved]: it is orthogonal to the gradient of the loss ... *)
Theorem identity_5 x :
  2 * alpha x * grad_alpha x + - 2 * beta1 x * grad_beta1 x + - 2 * beta2 x * grad_beta2 x = 0.
Proof. unfold grad_alpha, grad_beta1, grad_beta2. ring. Qed.

Lemma conserved_gradient x :
  has_partials conserved x (2 * alpha x) (- 2 * beta1 x) (- 2 * beta2 x).
Proof.
  unfold has_partials, conserved; simpl. split; [|split]; apply is_derive_quadratic; intros; simpl; field.
Qed.

(** ... and so constant along every solution of the flow. *)
Theorem flow_conserves (x : R -> state) t :
  is_derive (fun u => alpha (x u)) t (- grad_alpha (x t)) ->
  is_derive (fun u => beta1 (x u)) t (- grad_beta1 (x t)) ->
  is_derive (fun u => beta2 (x u)) t (- grad_beta2 (x t)) ->
  is_derive (fun u => conserved (x u)) t 0.
Proof.
  intros Ha H1 H2. unfold conserved.
  assert (D : forall f l, is_derive f t l -> is_derive (fun u => f u ^ 2) t (2 * f t * l)).
  { intros f l Hf. evar_last; [apply (is_derive_pow f 2 t l Hf)|]. simpl. ring. }
  evar_last.
  - apply (is_derive_minus (fun u => alpha (x u) ^ 2 - beta1 (x u) ^ 2));
      [|exact (D _ _ H2)].
    apply (is_derive_minus (fun u => alpha (x u) ^ 2)); [exact (D _ _ Ha)|exact (D _ _ H1)].
  - unfold minus, plus, opp; simpl. unfold grad_alpha, grad_beta1, grad_beta2. ring.
Qed.

(** ** Reflection

    (alpha, beta2) -> (-alpha, -beta2) commutes with the step and leaves the loss and the
    sharpness as they are. *)

Definition mirror x := State (- alpha x) (beta1 x) (- beta2 x).

Lemma step_mirror x : step (mirror x) = mirror (step x).
Proof.
  unfold step, mirror, grad_alpha, grad_beta1, grad_beta2; simpl. f_equal; [ring| |ring].
  f_equal. ring.
Qed.

Lemma iterate_mirror n x : iterate n (mirror x) = mirror (iterate n x).
Proof. induction n as [|n IH]; simpl; [reflexivity|]. now rewrite IH, step_mirror. Qed.

Lemma loss_mirror x : loss (mirror x) = loss x.
Proof. unfold loss, mirror; simpl. ring. Qed.

Lemma sharpness_mirror x k : sharpness_le (mirror x) k -> sharpness_le x k.
Proof.
  intros H v0 v1 v2. specialize (H v0 (- v1) v2).
  replace (hess_form x v0 v1 v2) with (hess_form (mirror x) v0 (- v1) v2).
  - lra.
  - unfold hess_form, mirror, hess_alpha_alpha, hess_beta1_beta1, hess_beta2_beta2,
      hess_alpha_beta1, hess_alpha_beta2, hess_beta1_beta2; simpl. ring.
Qed.

Lemma sharpness_le_mirror x k : sharpness_le x k -> sharpness_le (mirror x) k.
Proof.
  intros H. apply sharpness_mirror.
  replace (mirror (mirror x)) with x; [exact H|].
  destruct x; unfold mirror; simpl. f_equal; ring.
Qed.

End Identities.

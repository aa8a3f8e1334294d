(** * The sharpness against a threshold

    Propositions 1 and 2 of proofs/dynamics.md. The Hessian is an arrow matrix, diagonal but for
    the row and column of alpha. *)

From Coq Require Import Reals Lra Psatz.
From Edgecert Require Import Model Identities.
Open Scope R_scope.

Section Sharpness.

Context {m : model}.

Lemma sharpness_le_trans x k1 k2 : sharpness_le x k1 -> k1 <= k2 -> sharpness_le x k2.
Proof.
  intros H Hk v0 v1 v2. specialize (H v0 v1 v2).
  assert (0 <= v0 ^ 2 + v1 ^ 2 + v2 ^ 2) by nra. nra.
Qed.

(** ** Proposition 1 *)

(** det(k I - H), written with the Schur complement of its lower right block. *)
Definition char_poly x k :=
  (k - hess_alpha_alpha x) * (k - hess_beta1_beta1 x) * (k - hess_beta2_beta2 x)
  - hess_alpha_beta1 x ^ 2 * (k - hess_beta2_beta2 x)
  - hess_alpha_beta2 x ^ 2 * (k - hess_beta1_beta1 x).

Theorem sharpness_le_iff x k :
  hess_beta1_beta1 x < k -> hess_beta2_beta2 x < k ->
  (sharpness_le x k <-> 0 <= char_poly x k).
Proof.
  intros H1 H2.
  set (A := k - hess_beta1_beta1 x). set (C := k - hess_beta2_beta2 x).
  assert (HA : 0 < A) by (unfold A; lra). assert (HC : 0 < C) by (unfold C; lra).
  assert (HAC : 0 < A * C) by now apply Rmult_lt_0_compat.
  split; intros H.
  - specialize (H (A * C) (hess_alpha_beta1 x * C) (hess_alpha_beta2 x * A)).
    unfold hess_form, hess_beta1_beta2 in H.
    apply Rmult_le_reg_l with (A * C); [exact HAC|].
    replace (A * C * char_poly x k) with
      (k * ((A * C) ^ 2 + (hess_alpha_beta1 x * C) ^ 2 + (hess_alpha_beta2 x * A) ^ 2)
       - (hess_alpha_alpha x * (A * C) ^ 2
          + hess_beta1_beta1 x * (hess_alpha_beta1 x * C) ^ 2
          + hess_beta2_beta2 x * (hess_alpha_beta2 x * A) ^ 2
          + 2 * (hess_alpha_beta1 x * (A * C) * (hess_alpha_beta1 x * C)
                 + hess_alpha_beta2 x * (A * C) * (hess_alpha_beta2 x * A)
                 + 0 * (hess_alpha_beta1 x * C) * (hess_alpha_beta2 x * A))))
      by (unfold char_poly, A, C; ring).
    lra.
  - intros v0 v1 v2.
    assert (E : A * C * (k * (v0 ^ 2 + v1 ^ 2 + v2 ^ 2) - hess_form x v0 v1 v2)
                = C * (A * v1 - hess_alpha_beta1 x * v0) ^ 2
                  + A * (C * v2 - hess_alpha_beta2 x * v0) ^ 2 + char_poly x k * v0 ^ 2)
      by (unfold hess_form, hess_beta1_beta2, char_poly, A, C; ring).
    assert (0 <= A * C * (k * (v0 ^ 2 + v1 ^ 2 + v2 ^ 2) - hess_form x v0 v1 v2)).
    { rewrite E.
      repeat apply Rplus_le_le_0_compat; apply Rmult_le_pos; try apply pow2_ge_0; lra. }
    assert (0 <= k * (v0 ^ 2 + v1 ^ 2 + v2 ^ 2) - hess_form x v0 v1 v2); [|lra].
    apply Rmult_le_reg_l with (A * C); lra.
Qed.

(** The same of eta H, without divisions: what the checker computes. *)
Theorem sharpness_le_normalised {pos : positive_model} x z :
  h * alpha x ^ 2 < z -> e * alpha x ^ 2 < z ->
  0 <= (z - h * beta1 x ^ 2 - e * beta2 x ^ 2) * (z - h * alpha x ^ 2) * (z - e * alpha x ^ 2)
       - (2 * h * alpha x * beta1 x) ^ 2 * (z - e * alpha x ^ 2)
       - (e * (2 * alpha x * beta2 x - 1)) ^ 2 * (z - h * alpha x ^ 2) ->
  sharpness_le x (z / eta).
Proof.
  intros H1 H2 H3. pose proof eta_pos as He.
  assert (Hp : forall l, eta * l < z -> l < z / eta).
  { intros l Hl. apply Rmult_lt_reg_l with eta; [exact He|].
    replace (eta * (z / eta)) with z by (field; lra). exact Hl. }
  apply sharpness_le_iff.
  - unfold hess_beta1_beta1. apply Hp. unfold h in H1. lra.
  - unfold hess_beta2_beta2. apply Hp. unfold e in H2. lra.
  - apply Rmult_le_reg_l with (eta ^ 3); [now apply pow_lt|]. rewrite Rmult_0_r.
    apply Rle_trans with (1 := H3). apply Req_le.
    unfold char_poly, hess_alpha_alpha, hess_beta1_beta1, hess_beta2_beta2, hess_alpha_beta1,
      hess_alpha_beta2, h, e. field. lra.
Qed.

(** S >= lambda1 alpha^2. *)
Theorem sharpness_ge x k : sharpness_le x k -> hess_beta1_beta1 x <= k.
Proof. intros H. specialize (H 0 1 0). unfold hess_form in H. lra. Qed.

(** ** Proposition 2 *)

(** A quadratic form in two variables is not negative if its determinant is not. *)
Lemma form_nonneg P W R' y z :
  0 <= P -> 0 <= R' -> W ^ 2 <= P * R' -> 0 <= P * y ^ 2 + 2 * W * y * z + R' * z ^ 2.
Proof.
  intros HP HR HW. destruct HP as [HP|HP].
  - apply Rmult_le_reg_l with P; [exact HP|].
    replace (P * (P * y ^ 2 + 2 * W * y * z + R' * z ^ 2))
      with ((P * y + W * z) ^ 2 + (P * R' - W ^ 2) * z ^ 2) by ring.
    rewrite Rmult_0_r. apply Rplus_le_le_0_compat; [apply pow2_ge_0|].
    apply Rmult_le_pos; [lra|apply pow2_ge_0].
  - subst P. assert (W = 0) by nra. subst W.
    assert (0 <= R' * z ^ 2) by (apply Rmult_le_pos; [exact HR|apply pow2_ge_0]). lra.
Qed.

(** The part of eta H outside the row and column of beta1 is at most this. *)
Definition remainder x := b x + rho * (a x + c x + h * Rabs (r x)).

Lemma remainder_form {pos : positive_model} x v0 v2 :
  (b x + e * beta2 x ^ 2) * v0 ^ 2 + e * alpha x ^ 2 * v2 ^ 2 + 2 * e * (1 + 2 * r x) * v0 * v2
  <= remainder x * (v0 ^ 2 + v2 ^ 2).
Proof.
  destruct pos as [Hl1 Hl2 He].
  assert (E : remainder x = b x + e * (alpha x ^ 2 + beta2 x ^ 2 + Rabs (r x))).
  { unfold remainder, rho, a, c, h, e. field. lra. }
  assert (He' : 0 < e) by (unfold e; now apply Rmult_lt_0_compat).
  assert (Hb : 0 <= b x).
  { apply b_nonneg. unfold h. apply Rlt_le. now apply Rmult_lt_0_compat. }
  assert (Hr : 2 * r x * v0 * v2 <= Rabs (r x) * (v0 ^ 2 + v2 ^ 2)).
  { pose proof (Rle_abs (r x)). pose proof (Rle_abs (- r x)) as Hn. rewrite Rabs_Ropp in Hn.
    assert (0 <= (Rabs (r x) - r x) * (v0 + v2) ^ 2) by (apply Rmult_le_pos; [lra|apply pow2_ge_0]).
    assert (0 <= (Rabs (r x) + r x) * (v0 - v2) ^ 2) by (apply Rmult_le_pos; [lra|apply pow2_ge_0]).
    lra. }
  assert (Hs : (beta2 x * v0 + alpha x * v2) ^ 2
               <= (alpha x ^ 2 + beta2 x ^ 2) * (v0 ^ 2 + v2 ^ 2)).
  { pose proof (pow2_ge_0 (beta2 x * v2 - alpha x * v0)). lra. }
  assert (Hv : 0 <= b x * v2 ^ 2) by (apply Rmult_le_pos; [exact Hb|apply pow2_ge_0]).
  rewrite E.
  replace (2 * e * (1 + 2 * r x) * v0 * v2)
    with (e * (2 * alpha x * beta2 x * v0 * v2) + e * (2 * r x * v0 * v2))
    by (unfold r, p; ring).
  apply (Rmult_le_compat_l e) in Hr; [|lra]. apply (Rmult_le_compat_l e) in Hs; [|lra]. lra.
Qed.

(** eta S <= z if z lies above the diagonal of the matrix with diagonal (a, k) and square
    4ab of the entry beside it, and its determinant is not negative at z. *)
Theorem sharpness_le_block {pos : positive_model} x z :
  a x <= z -> remainder x <= z -> 4 * a x * b x <= (z - a x) * (z - remainder x) ->
  sharpness_le x (z / eta).
Proof.
  intros Ha Hk Hd v0 v1 v2.
  pose proof (remainder_form x v0 v2) as Hr.
  pose proof eta_pos as He.
  apply Rmult_le_reg_l with eta; [exact He|].
  replace (eta * (z / eta * (v0 ^ 2 + v1 ^ 2 + v2 ^ 2))) with (z * (v0 ^ 2 + v1 ^ 2 + v2 ^ 2))
    by (field; lra).
  replace (eta * hess_form x v0 v1 v2) with
    (a x * v1 ^ 2 + 2 * (2 * h * alpha x * beta1 x) * v1 * v0
     + ((b x + e * beta2 x ^ 2) * v0 ^ 2 + e * alpha x ^ 2 * v2 ^ 2
        + 2 * e * (1 + 2 * r x) * v0 * v2))
    by (unfold hess_form, hess_alpha_alpha, hess_beta1_beta1, hess_beta2_beta2,
          hess_alpha_beta1, hess_alpha_beta2, hess_beta1_beta2, a, b, r, p, h, e; ring).
  pose proof (form_nonneg (z - a x) (- (2 * h * alpha x * beta1 x)) (z - remainder x) v1 v0) as Hf.
  assert (0 <= (z - remainder x) * v2 ^ 2) by (apply Rmult_le_pos; [lra|apply pow2_ge_0]).
  assert ((- (2 * h * alpha x * beta1 x)) ^ 2 = 4 * a x * b x) by (unfold a, b; ring).
  assert (0 <= (z - a x) * v1 ^ 2 + 2 * - (2 * h * alpha x * beta1 x) * v1 * v0
               + (z - remainder x) * v0 ^ 2) by (apply Hf; lra).
  lra.
Qed.

(** Proposition 2: a <= eta S <= a + 4ab/(a - k). *)
Theorem sandwich_lower {pos : positive_model} x k : sharpness_le x k -> a x <= eta * k.
Proof.
  intros H. apply sharpness_ge in H. pose proof eta_pos.
  apply (Rmult_le_compat_l eta) in H; [|lra].
  unfold hess_beta1_beta1 in H. unfold a, h. lra.
Qed.

Theorem sandwich_upper {pos : positive_model} x :
  remainder x < a x ->
  sharpness_le x ((a x + 4 * a x * b x / (a x - remainder x)) / eta).
Proof.
  intros Hk. set (d := a x - remainder x).
  assert (Hd : 0 < d) by (unfold d; lra).
  assert (Hab : 0 <= 4 * a x * b x).
  { assert (0 <= h).
    { unfold h. apply Rmult_le_pos; apply Rlt_le; [apply eta_pos|apply lambda1_pos]. }
    pose proof (a_nonneg x). pose proof (b_nonneg x).
    apply Rmult_le_pos; [apply Rmult_le_pos; [lra|auto]|auto]. }
  set (u := 4 * a x * b x) in *.
  assert (0 <= u / d) by (apply Rmult_le_pos; [exact Hab|apply Rlt_le; now apply Rinv_0_lt_compat]).
  apply sharpness_le_block; fold u.
  - lra.
  - unfold d in *. lra.
  - replace u with (u / d * d) by (field; lra).
    replace (a x + u / d * d / d - a x) with (u / d) by (field; lra).
    apply Rmult_le_compat_l; [assumption|]. replace (u / d * d / d) with (u / d) by (field; lra).
    unfold d in *. lra.
Qed.

End Sharpness.

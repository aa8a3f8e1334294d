(** * Theorem E: plain gradient descent may escape

    Four conditions that hold for ever once they hold, and make alpha and beta1 grow at least
    geometrically. *)

From Coq Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Rcomplements.
From Edgecert Require Import Model Identities Sharpness Invariants.
Open Scope R_scope.

Section Escape.

Context {m : model} {pos : positive_model}.

Hypothesis plain : clip = None.
Hypothesis rho_small : rho <= 1 / 2.
Hypothesis e_rho_small : e * rho <= 1 / 2.

Definition escaping x : Prop :=
  1 <= alpha x ^ 2 /\ 4 <= a x /\ 4 <= b x /\ 8 * e * (beta2 x ^ 2 + 1) <= b x.

Lemma rho_pos : 0 < rho.
Proof. unfold rho. apply Rdiv_lt_0_compat; [apply lambda2_pos|apply lambda1_pos]. Qed.

Lemma e_alpha_sq x : e * alpha x ^ 2 = rho * a x.
Proof. pose proof lambda1_pos. unfold rho, a, h, e. field. lra. Qed.

Lemma alpha_escapes x : escaping x -> 4 * alpha x ^ 2 <= alpha (step x) ^ 2.
Proof.
  intros (Ha1 & Ha & Hb & Hb2). pose proof e_pos as He.
  assert (Hne : alpha x <> 0) by nra.
  rewrite alpha_step_drive by exact Hne.
  set (i := / alpha x).
  assert (Hi : i ^ 2 <= 1).
  { unfold i. rewrite pow_inv. rewrite <- Rinv_1. apply Rinv_le_contravar; lra. }
  assert (Ed : drive x = e * (beta2 x * i - beta2 x ^ 2))
    by (unfold drive, s, p, i; field; exact Hne).
  assert (Hd : Rabs (drive x) <= b x / 4).
  { rewrite Ed, Rabs_mult, (Rabs_pos_eq e) by lra.
    assert (Rabs (beta2 x * i - beta2 x ^ 2) <= 3 / 2 * (beta2 x ^ 2 + 1)).
    { assert (-1 <= i <= 1) by (split; nra). apply Rabs_le. split; nra. }
    assert (e * Rabs (beta2 x * i - beta2 x ^ 2) <= e * (3 / 2 * (beta2 x ^ 2 + 1)))
      by (apply Rmult_le_compat_l; lra).
    lra. }
  apply Rabs_le_between in Hd.
  assert (Hf : 4 <= (1 - b x + drive x) ^ 2) by nra.
  rewrite Rpow_mult_distr, (Rmult_comm 4).
  apply Rmult_le_compat_l; [apply pow2_ge_0|exact Hf].
Qed.

Theorem escape_step x :
  escaping x ->
  4 * alpha x ^ 2 <= alpha (step x) ^ 2 /\ 9 * b x <= b (step x) /\ escaping (step x).
Proof.
  intros Hx. pose proof (alpha_escapes x Hx) as Halpha. destruct Hx as (Ha1 & Ha & Hb & Hb2).
  pose proof e_pos as He. pose proof h_pos as Hh. pose proof rho_pos as Hr.
  assert (Hb' : b (step x) = b x * (a x - 1) ^ 2) by (rewrite b_step_plain by exact plain; ring).
  assert (H9 : 9 * b x <= b (step x)).
  { rewrite Hb', (Rmult_comm 9). apply Rmult_le_compat_l; [lra|]. nra. }
  split; [exact Halpha|]. split; [exact H9|]. split; [lra|]. split; [|split; [lra|]].
  - unfold a in *. assert (h * (4 * alpha x ^ 2) <= h * alpha (step x) ^ 2)
      by (apply Rmult_le_compat_l; lra). lra.
  - assert (E2 : beta2 (step x) = beta2 x * (1 - rho * a x) + e * alpha x).
    { rewrite beta2_step, <- e_alpha_sq. unfold s, p. ring. }
    assert (Hea : (e * alpha x) ^ 2 <= a x / 2).
    { replace ((e * alpha x) ^ 2) with (e * (e * alpha x ^ 2)) by ring. rewrite e_alpha_sq.
      replace (e * (rho * a x)) with (e * rho * a x) by ring.
      assert (e * rho * a x <= 1 / 2 * a x) by (apply Rmult_le_compat_r; lra). lra. }
    assert (Hra : 0 <= rho * a x <= a x / 2).
    { split; [nonneg|]. assert (rho * a x <= 1 / 2 * a x) by (apply Rmult_le_compat_r; lra). lra. }
    assert (Hq : (1 - rho * a x) ^ 2 <= a x ^ 2 / 4) by nra.
    assert (Hsum : beta2 (step x) ^ 2 <= 2 * (beta2 x ^ 2 * (1 - rho * a x) ^ 2 + (e * alpha x) ^ 2)).
    { rewrite E2. pose proof (pow2_ge_0 (beta2 x * (1 - rho * a x) - e * alpha x)). nra. }
    assert (Hprod : beta2 x ^ 2 * (1 - rho * a x) ^ 2 <= beta2 x ^ 2 * (a x ^ 2 / 4))
      by (apply Rmult_le_compat_l; [apply pow2_ge_0|exact Hq]).
    assert (Hlow : 8 * e * (beta2 x ^ 2 + 1) * (9 / 16 * a x ^ 2) <= b (step x)).
    { rewrite Hb'. apply Rmult_le_compat.
      - pose proof (pow2_ge_0 (beta2 x)). nonneg.
      - pose proof (pow2_ge_0 (a x)). lra.
      - exact Hb2.
      - nra. }
    apply Rle_trans with (2 := Hlow).
    assert (Hup : beta2 (step x) ^ 2 + 1 <= beta2 x ^ 2 * (a x ^ 2 / 2) + a x + 1) by lra.
    apply Rle_trans with (8 * e * (beta2 x ^ 2 * (a x ^ 2 / 2) + a x + 1)).
    + apply Rmult_le_compat_l; lra.
    + assert (0 <= beta2 x ^ 2 * a x ^ 2) by (apply Rmult_le_pos; apply pow2_ge_0).
      rewrite (Rmult_assoc (8 * e)). apply Rmult_le_compat_l; [lra|]. nra.
Qed.

(** Theorem E: alpha^2 >= 4^t alpha_0^2 and b >= 9^t b_0. *)
Theorem escape x t :
  escaping x ->
  4 ^ t * alpha x ^ 2 <= alpha (iterate t x) ^ 2 /\ 9 ^ t * b x <= b (iterate t x).
Proof.
  intros Hx.
  assert (H : escaping (iterate t x)
              /\ 4 ^ t * alpha x ^ 2 <= alpha (iterate t x) ^ 2 /\ 9 ^ t * b x <= b (iterate t x)).
  { induction t as [|t (Ht & H4 & H9)].
    - simpl iterate. simpl pow. split; [exact Hx|]. lra.
    - change (iterate (S t) x) with (step (iterate t x)).
      destruct (escape_step _ Ht) as (Ha & Hb & He). split; [exact He|].
      change (4 ^ S t) with (4 * 4 ^ t). change (9 ^ S t) with (9 * 9 ^ t). lra. }
  apply H.
Qed.

(** ** What follows for the sharpness and the loss *)

(** eta S > z from the n-th step on if 4^n a_0 > z. *)
Theorem escape_sharpness x z n t :
  escaping x -> z < 4 ^ n * a x -> (n <= t)%nat -> ~ sharpness_le (iterate t x) (z / eta).
Proof.
  intros Hx Hz Ht H. destruct (escape x t Hx) as [H4 _]. destruct Hx as (_ & Ha & _).
  pose proof eta_pos as He. pose proof h_pos as Hh.
  apply sandwich_lower in H. replace (eta * (z / eta)) with z in H by (field; lra).
  assert (Hpow : 4 ^ n * a x <= 4 ^ t * a x).
  { apply Rmult_le_compat_r; [lra|]. apply Rle_pow; [lra|exact Ht]. }
  apply (Rmult_le_compat_l h) in H4; [|lra]. unfold a in *. lra.
Qed.

Lemma powers_unbounded y : exists T, forall t, (T <= t)%nat -> y <= 4 ^ t /\ y <= 9 ^ t.
Proof.
  destruct (Pow_x_infinity 4 ltac:(rewrite Rabs_pos_eq; lra) y) as [T HT].
  exists T. intros t Ht. specialize (HT t Ht). rewrite Rabs_pos_eq in HT by (apply pow_le; lra).
  assert (4 ^ t <= 9 ^ t) by (apply pow_incr; lra). lra.
Qed.

(** |alpha|, |beta1|, the loss and the sharpness exceed every bound from some step on. *)
Theorem escape_diverges x bound :
  escaping x ->
  exists T, forall t, (T <= t)%nat ->
    bound <= Rabs (alpha (iterate t x)) /\ bound <= Rabs (beta1 (iterate t x))
    /\ bound <= loss (iterate t x) /\ ~ sharpness_le (iterate t x) bound.
Proof.
  intros Hx. pose proof eta_pos as He. pose proof h_pos as Hh. pose proof lambda1_pos as Hl.
  pose proof lambda2_pos as Hl2. pose proof (Rinv_0_lt_compat _ Hl) as Hli.
  pose proof (pow2_ge_0 bound) as Hb2.
  set (m0 := Rabs bound). assert (Hm0 : bound <= m0) by apply Rle_abs.
  assert (Hm : 0 <= m0) by apply Rabs_pos.
  assert (Em : m0 ^ 2 = bound ^ 2) by apply pow2_abs.
  assert (Hu1 : 0 <= h * bound ^ 2) by nonneg. assert (Hu2 : 0 <= m0 * / lambda1) by nonneg.
  assert (Hu3 : 0 <= eta * m0) by nonneg.
  destruct (powers_unbounded (1 + bound ^ 2 + h * bound ^ 2 + m0 * / lambda1 + eta * m0))
    as [T HT].
  exists T. intros t Ht. destruct (HT t Ht) as [P4 P9].
  destruct (escape x t Hx) as [H4 H9]. destruct Hx as (Ha1 & Ha & Hb & _).
  set (y := iterate t x) in *.
  assert (Q4 : 4 ^ t <= alpha y ^ 2).
  { apply Rle_trans with (2 := H4). rewrite <- (Rmult_1_r (4 ^ t)) at 1.
    apply Rmult_le_compat_l; [apply pow_le|]; lra. }
  assert (Q9 : 9 ^ t * 4 <= h * beta1 y ^ 2).
  { apply Rle_trans with (2 := H9). apply Rmult_le_compat_l; [apply pow_le|]; lra. }
  assert (Habs : forall u, bound ^ 2 <= u ^ 2 -> bound <= Rabs u).
  { intros u Hu. apply Rle_trans with (1 := Hm0). unfold m0. apply Rsqr_le_abs_0.
    unfold Rsqr. lra. }
  split; [apply Habs; lra|]. split; [apply Habs|split].
  - apply Rmult_le_reg_l with h; lra.
  - assert (Hl1 : 2 * 9 ^ t <= eta * loss y).
    { unfold loss. rewrite Rpow_mult_distr.
      assert (0 <= eta * (lambda2 / 2 * (alpha y * beta2 y - 1) ^ 2)).
      { apply Rmult_le_pos; [lra|]. apply Rmult_le_pos; [lra|apply pow2_ge_0]. }
      assert (h * beta1 y ^ 2 * 1 <= h * beta1 y ^ 2 * alpha y ^ 2).
      { apply Rmult_le_compat_l; [|lra]. pose proof (pow2_ge_0 (beta1 y)). nonneg. }
      unfold h in *. lra. }
    apply Rmult_le_reg_l with eta; [exact He|].
    assert (eta * bound <= eta * m0) by (apply Rmult_le_compat_l; lra). lra.
  - intros H. apply sharpness_ge in H. unfold hess_beta1_beta1 in H.
    assert (lambda1 * (1 + m0 * / lambda1) <= lambda1 * alpha y ^ 2)
      by (apply Rmult_le_compat_l; lra).
    replace (lambda1 * (1 + m0 * / lambda1)) with (lambda1 + m0) in * by (field; lra). lra.
Qed.

End Escape.

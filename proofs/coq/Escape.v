(** * Theorem E: plain gradient descent may escape

    Four conditions that hold for ever once they hold, and make alpha and beta1 grow at least
    geometrically. *)

From Coq Require Import Reals Lra Lia Psatz.
From Coquelicot Require Import Rcomplements.
From Edgecert Require Import Model Identities Invariants.
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

End Escape.

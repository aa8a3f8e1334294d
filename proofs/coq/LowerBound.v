(** * Lemma 4: a lower bound for alpha

    While b stays below 1/5, a does not fall below half of min(1, its first value). *)

From Coq Require Import Reals Lra Lia Psatz.
From Edgecert Require Import Model Identities Invariants.
Open Scope R_scope.

(** What is kept of u = sqrt(a) and b, from the start (u0, b0). [fallen] is a bound on b after a
    step from u >= 1 to u < 1. *)
Definition fallen := 633 / 10000.

(** The sum of b from b0 on, while a >= a0/2, is at most b0 times this. *)
Definition slow_sum u0 := 4 / (u0 ^ 2 * (4 - u0 ^ 2)).

Inductive kept_low (u0 b0 u b : R) : Prop :=
  | Low_above : 1 <= u -> kept_low u0 b0 u b
  | Low_fallen :
      b <= fallen -> 4 / 5 * (1 - 4 / 3 * (fallen - b)) <= u -> kept_low u0 b0 u b
  | Low_below :
      u0 < 1 -> b <= b0 -> b0 * slow_sum u0 <= 1 / 4 ->
      u0 * (1 - (b0 - b) * slow_sum u0) <= u -> kept_low u0 b0 u b.

Lemma slow_sum_pos u0 : 0 < u0 < 1 -> 0 < slow_sum u0.
Proof.
  intros H. unfold slow_sum. assert (0 < u0 ^ 2) by (apply pow_lt; lra).
  apply Rdiv_lt_0_compat; [lra|]. apply Rmult_lt_0_compat; [assumption|]. nra.
Qed.

Lemma kept_low_bound u0 b0 u b :
  0 < u0 -> 0 <= b -> kept_low u0 b0 u b -> 1 / 2 * Rmin 1 (u0 ^ 2) <= u ^ 2.
Proof.
  intros H0 Hb K. assert (Hm1 : Rmin 1 (u0 ^ 2) <= 1) by apply Rmin_l.
  assert (Hm2 : Rmin 1 (u0 ^ 2) <= u0 ^ 2) by apply Rmin_r.
  destruct K as [Hu|Hbf Hu|Hlt Hbb HS Hu].
  - nra.
  - unfold fallen in *. assert (73 / 100 <= u) by lra. nra.
  - pose proof (slow_sum_pos u0 (conj H0 Hlt)).
    assert (0 <= b * slow_sum u0) by nonneg.
    assert (3 / 4 * u0 <= u) by nra. nra.
Qed.

(** One step: u' >= u (1 - b), b' <= b (1 - a)^2. *)
Lemma kept_low_step u0 b0 u b u' b' :
  0 < u0 -> 0 < u -> 0 <= b <= 1 / 5 -> 0 <= b' ->
  u * (1 - b) <= u' -> b' <= b * (1 - u ^ 2) ^ 2 ->
  kept_low u0 b0 u b -> kept_low u0 b0 u' b'.
Proof.
  intros H0 Hu Hb Hb' Hu' Hbb K.
  destruct (Rle_lt_dec 1 u') as [H1|Hlt']; [now apply Low_above|].
  destruct (Rle_lt_dec 1 u) as [Hu1|Hu1].
  - (* a step across 1 *)
    assert (Hu2 : u < 5 / 4) by nra.
    assert (Hq : (1 - u ^ 2) ^ 2 <= (9 / 16) ^ 2).
    { assert (0 <= u ^ 2 - 1 <= 9 / 16) by (split; nra). nra. }
    assert (Hf : b' <= fallen) by (unfold fallen; nra).
    apply Low_fallen; [exact Hf|]. unfold fallen in *. nra.
  - destruct K as [Hge|Hf Hl|Hlt Hb0 HS Hl]; [lra| |].
    + assert (Hl2 : 73 / 100 <= u) by (unfold fallen in *; lra).
      assert (Hq : (1 - u ^ 2) ^ 2 <= 1 / 4).
      { assert (0 <= 1 - u ^ 2 <= 1 / 2) by (split; nra). nra. }
      assert (Hb4 : b' <= b / 4) by nra.
      apply Low_fallen; [lra|].
      set (v := 4 / 3 * (fallen - b)) in *.
      assert (Hv : 0 <= v) by (unfold v; lra).
      apply Rle_trans with (2 := Hu').
      apply Rle_trans with (4 / 5 * (1 - v) * (1 - b)).
      * assert (0 <= v * b) by nonneg. unfold v in *. lra.
      * apply Rmult_le_compat_r; lra.
    + pose proof (slow_sum_pos u0 (conj H0 Hlt)) as HK. set (k := slow_sum u0) in *.
      assert (Hkb : 0 <= (b0 - b) * k <= 1 / 4).
      { assert (0 <= b * k) by nonneg.
        split; [nonneg|lra]. }
      assert (Hl2 : 3 / 4 * u0 <= u) by nra.
      assert (Hq : (1 - u ^ 2) ^ 2 <= (1 - u0 ^ 2 / 2) ^ 2).
      { assert (0 <= 1 - u ^ 2 <= 1 - u0 ^ 2 / 2) by (split; nra). nra. }
      assert (Hbs : b <= k * (b - b')).
      { assert (Hk : k * (1 - (1 - u0 ^ 2 / 2) ^ 2) = 1).
        { unfold k, slow_sum. assert (0 < u0 ^ 2 < 1) by (split; nra). field. split; nra. }
        assert (b' <= b * (1 - u0 ^ 2 / 2) ^ 2).
        { apply Rle_trans with (1 := Hbb). apply Rmult_le_compat_l; lra. }
        assert (k * b' <= k * (b * (1 - u0 ^ 2 / 2) ^ 2)) by (apply Rmult_le_compat_l; lra).
        replace b with (b * (k * (1 - (1 - u0 ^ 2 / 2) ^ 2))) at 1 by (rewrite Hk; ring).
        lra. }
      assert (Hbb' : b' <= b).
      { apply Rle_trans with (1 := Hbb). rewrite <- (Rmult_1_r b) at 2.
        apply Rmult_le_compat_l; [lra|]. assert (0 <= 1 - u ^ 2 <= 1) by (split; nra). nra. }
      apply Low_below; [exact Hlt|lra|exact HS|].
      apply Rle_trans with (2 := Hu').
      apply Rle_trans with (u0 * (1 - (b0 - b) * k) * (1 - b)).
      * assert (0 <= u0 * ((b0 - b) * k * b)) by nonneg.
        assert (0 <= u0 * (k * (b - b') - b)) by nonneg. fold k. lra.
      * apply Rmult_le_compat_r; lra.
Qed.

Section LowerBound.

Context {m : model} {pos : positive_model}.

(** sqrt(a), for alpha > 0. *)
Definition root_a x := sqrt h * alpha x.

Lemma root_a_sq x : root_a x ^ 2 = a x.
Proof.
  unfold root_a, a. pose proof h_pos. rewrite Rpow_mult_distr.
  now rewrite pow2_sqrt by lra.
Qed.

Lemma root_a_pos x : 0 < alpha x -> 0 < root_a x.
Proof. intros H. unfold root_a. apply Rmult_lt_0_compat; [apply sqrt_lt_R0, h_pos|exact H]. Qed.

Lemma kept_low_iterate x0 x :
  clip_ok -> region x0 -> region x -> b x <= 1 / 5 -> alpha x * (1 - b x) <= alpha (step x) ->
  kept_low (root_a x0) (b x0) (root_a x) (b x) ->
  kept_low (root_a x0) (b x0) (root_a (step x)) (b (step x)).
Proof.
  intros Hc Hr0 Hr Hb Ha. pose proof h_pos.
  apply kept_low_step.
  - apply root_a_pos, Hr0.
  - apply root_a_pos, Hr.
  - split; [apply b_ge_0|exact Hb].
  - apply b_ge_0.
  - unfold root_a. rewrite Rmult_assoc. apply Rmult_le_compat_l; [apply sqrt_pos|exact Ha].
  - rewrite root_a_sq. apply b_step_le; [exact Hc|lra].
Qed.

(** Lemma 4. *)
Theorem a_lower_bound n x :
  clip_ok -> region x ->
  (forall j, (j < n)%nat -> small_step (iterate j x) /\ b (iterate j x) <= 1 / 5) ->
  1 <= a x \/ b x <= a x * (4 - a x) / 16 ->
  1 / 2 * Rmin 1 (a x) <= a (iterate n x).
Proof.
  intros Hc Hr Hj Hstart. pose proof (root_a_pos x (proj1 Hr)) as Hu0.
  assert (K : region (iterate n x)
              /\ kept_low (root_a x) (b x) (root_a (iterate n x)) (b (iterate n x))).
  { induction n as [|n IH].
    - split; [exact Hr|]. simpl. destruct (Rle_lt_dec 1 (root_a x)) as [H1|H1];
        [now apply Low_above|].
      pose proof (slow_sum_pos _ (conj Hu0 H1)) as HK.
      assert (Ha1 : 0 < root_a x ^ 2 < 1) by (split; nra).
      destruct Hstart as [Hge|Hb]; [rewrite <- root_a_sq in Hge; lra|].
      rewrite <- root_a_sq in Hb. apply Low_below; [exact H1|lra| |lra].
      apply Rle_trans with (root_a x ^ 2 * (4 - root_a x ^ 2) / 16 * slow_sum (root_a x)).
      + apply Rmult_le_compat_r; lra.
      + apply Req_le. unfold slow_sum. field. split; nra.
    - destruct IH as [Hrn K]; [intros j Hlt; apply Hj; lia|].
      destruct (Hj n (Nat.lt_succ_diag_r n)) as [HE Hb].
      destruct (region_step (iterate n x) Hrn) as (Hr' & _ & Ha & _); [lra|exact HE|].
      split; [exact Hr'|]. now apply kept_low_iterate. }
  destruct K as [_ K]. rewrite <- !root_a_sq.
  now apply kept_low_bound with (1 := Hu0) (2 := b_ge_0 _) (3 := K).
Qed.

End LowerBound.

(** * Theorem 12, the final trap

    From a state that satisfies the conditions [final_trap], gradient descent oscillates no
    more: beta1 decays geometrically, and so does the residual. The bounds on the sharpness and
    on the loss hold for all later steps.

    Against proofs/dynamics.md: alpha_low is the alpha_- there, so that A_- = h alpha_low^2;
    a_high is A_+, s_high is s-bar, q_high is q+. The bounds on kappa, s and q need not be the
    best ones. *)

From Coq Require Import Reals Lra Lia Psatz.
From Edgecert Require Import Model Identities Sharpness Invariants.
Open Scope R_scope.

Section FinalTrap.

Context {m : model} {pos : positive_model}.

Record final_trap x alpha_low a_high kappa s_high q_high : Prop := FinalTrap {
  trap_region : region x;
  trap_alpha_low : 0 < alpha_low;
  trap_a_high : 0 < a_high <= 2;
  trap_kappa : kappa < 1;
  trap_kappa_low : (1 - h * alpha_low ^ 2) ^ 2 <= kappa;
  trap_kappa_high : (1 - a_high) ^ 2 <= kappa;
  trap_alpha : alpha_low <= alpha x * (1 - b x / (1 - kappa));
  trap_s : 1 <= s_high \/ s x + b x / (1 - kappa) <= s_high;
  trap_q : potential_bound x alpha_low s_high <= q_high;
  trap_edge : q_high <= a_high / h - h / a_high;
  trap_step : small_step_bound alpha_low a_high
}.

Section Trapped.

Variables (x : state) (alpha_low a_high kappa s_high q_high : R).
Hypothesis ok : clip_ok.
Hypothesis trap : final_trap x alpha_low a_high kappa s_high q_high.

(** Sum of b kappa^i over all i, and over i < n. *)
Let total := b x / (1 - kappa).
Let total_until n := total * (1 - kappa ^ n).

Lemma kappa_bounds : 0 <= kappa < 1.
Proof.
  pose proof (trap_kappa_high _ _ _ _ _ _ trap). pose proof (trap_kappa _ _ _ _ _ _ trap).
  pose proof (pow2_ge_0 (1 - a_high)). lra.
Qed.

Lemma kappa_pow n : 0 <= kappa ^ n <= 1.
Proof.
  pose proof kappa_bounds. induction n as [|n IH]; simpl; [lra|].
  split; [nonneg|]. rewrite <- (Rmult_1_l 1). apply Rmult_le_compat; lra.
Qed.

Lemma total_nonneg : 0 <= total.
Proof.
  pose proof kappa_bounds. pose proof (b_ge_0 x). unfold total.
  apply Rmult_le_pos; [lra|]. apply Rlt_le, Rinv_0_lt_compat. lra.
Qed.

Lemma total_lt_1 : total < 1.
Proof.
  pose proof (trap_alpha _ _ _ _ _ _ trap) as H. pose proof (trap_alpha_low _ _ _ _ _ _ trap).
  destruct (trap_region _ _ _ _ _ _ trap) as (Ha & _). fold total in H.
  destruct (Rlt_le_dec total 1) as [|Ht]; [assumption|].
  assert (0 <= alpha x * (total - 1)) by nonneg. lra.
Qed.

Lemma b_total : b x = total * (1 - kappa).
Proof. pose proof kappa_bounds. unfold total. field. lra. Qed.

Lemma total_until_bounds n : 0 <= total_until n <= total.
Proof.
  pose proof (kappa_pow n). pose proof total_nonneg. unfold total_until.
  assert (0 <= total * kappa ^ n) by nonneg. split; [nonneg|lra].
Qed.

Lemma total_until_S n : total_until (S n) = total_until n + b x * kappa ^ n.
Proof. rewrite b_total. unfold total_until. simpl. ring. Qed.

(** What is kept from step to step. *)
Record kept n : Prop := Kept {
  kept_region : region (iterate n x);
  kept_b : b (iterate n x) <= b x * kappa ^ n;
  kept_alpha : alpha x * (1 - total_until n) <= alpha (iterate n x);
  kept_a : a (iterate n x) <= a_high;
  kept_s : s (iterate n x) <= s x + total_until n;
  kept_beta2 : beta2 x <= beta2 (iterate n x)
}.

Lemma kept_alpha_low n : kept n -> alpha_low <= alpha x * (1 - total) <= alpha (iterate n x).
Proof.
  intros K. pose proof (trap_alpha _ _ _ _ _ _ trap) as H. fold total in H.
  pose proof (kept_alpha n K). destruct (trap_region _ _ _ _ _ _ trap) as (Ha & _).
  pose proof (total_until_bounds n) as Ht.
  assert (0 <= alpha x * (total - total_until n)) by nonneg. lra.
Qed.

Lemma kept_b_lt_1 n : kept n -> b (iterate n x) <= b x < 1.
Proof.
  intros K. pose proof (kept_b n K) as H. pose proof (kappa_pow n). pose proof kappa_bounds.
  pose proof (b_ge_0 x). pose proof total_lt_1. pose proof total_nonneg. split.
  - apply Rle_trans with (1 := H). rewrite <- (Rmult_1_r (b x)) at 2.
    apply Rmult_le_compat_l; lra.
  - rewrite b_total. assert (0 <= total * kappa) by nonneg. lra.
Qed.

Lemma kept_s_high n : kept n -> s (iterate n x) <= s_high.
Proof.
  intros K. destruct (trap_s _ _ _ _ _ _ trap) as [H|H].
  - pose proof (region_s _ (kept_region n K)). lra.
  - pose proof (kept_s n K). pose proof (total_until_bounds n). fold total in H. lra.
Qed.

Lemma s_high_nonneg : 0 <= s_high.
Proof.
  destruct (trap_s _ _ _ _ _ _ trap) as [H|H]; [lra|].
  pose proof (region_s _ (trap_region _ _ _ _ _ _ trap)). pose proof total_nonneg.
  fold total in H. lra.
Qed.

Lemma a_high_at_start : a x <= a_high.
Proof.
  apply a_le_of_potential with (q := q_high).
  - apply (trap_region _ _ _ _ _ _ trap).
  - apply (trap_a_high _ _ _ _ _ _ trap).
  - apply Rle_trans with (2 := trap_q _ _ _ _ _ _ trap).
    pose proof (trap_region _ _ _ _ _ _ trap) as Hr. pose proof e_pos. pose proof s_high_nonneg.
    pose proof (trap_alpha_low _ _ _ _ _ _ trap) as Hl.
    assert (Hal : alpha_low <= alpha x).
    { pose proof (trap_alpha _ _ _ _ _ _ trap) as H1. fold total in H1.
      pose proof total_nonneg. destruct Hr as (Ha & _). assert (0 <= alpha x * total) by nonneg.
      lra. }
    pose proof (beta2_le x alpha_low Hr (conj Hl Hal)).
    pose proof (Rmax_r (- potential x) 0). pose proof (Rinv_0_lt_compat _ Hl).
    unfold potential_bound, Rdiv.
    assert (0 <= e * s_high * Rmax (- potential x) 0 * ((/ alpha_low - beta2 x) * / alpha_low))
      by nonneg.
    lra.
  - apply (trap_edge _ _ _ _ _ _ trap).
Qed.

Lemma kept_0 : kept 0.
Proof.
  assert (E : total_until 0 = 0) by (unfold total_until; simpl; ring).
  split; simpl; rewrite ?E; try lra.
  - apply (trap_region _ _ _ _ _ _ trap).
  - exact a_high_at_start.
Qed.

Lemma e_le_1 : e <= 1.
Proof.
  assert (e <= 1 / 2); [|lra]. apply e_le_half with alpha_low a_high.
  - apply (trap_alpha_low _ _ _ _ _ _ trap).
  - apply Rle_trans with (2 := a_high_at_start). unfold a.
    apply Rmult_le_compat_l; [pose proof h_pos; lra|]. apply pow_incr.
    pose proof (kept_alpha_low 0 kept_0). pose proof (trap_alpha_low _ _ _ _ _ _ trap).
    simpl in *. lra.
  - apply (trap_step _ _ _ _ _ _ trap).
Qed.

Lemma kept_small_step n : kept n -> small_step (iterate n x).
Proof.
  intros K. apply small_step_of_bound with alpha_low a_high.
  - apply (kept_region n K).
  - pose proof (kept_alpha_low n K). pose proof (trap_alpha_low _ _ _ _ _ _ trap). lra.
  - apply (kept_a n K).
  - apply (trap_step _ _ _ _ _ _ trap).
Qed.

Lemma kept_a_low n : kept n -> h * alpha_low ^ 2 <= a (iterate n x).
Proof.
  intros K. unfold a. apply Rmult_le_compat_l; [pose proof h_pos; lra|]. apply pow_incr.
  pose proof (kept_alpha_low n K). pose proof (trap_alpha_low _ _ _ _ _ _ trap). lra.
Qed.

(** (1 - a)^2 <= kappa, by convexity. *)
Lemma kept_factor n : kept n -> (1 - a (iterate n x)) ^ 2 <= kappa.
Proof.
  intros K. pose proof (kept_a_low n K). pose proof (kept_a n K).
  pose proof (trap_kappa_low _ _ _ _ _ _ trap). pose proof (trap_kappa_high _ _ _ _ _ _ trap).
  destruct (Rle_lt_dec (a (iterate n x)) 1); nra.
Qed.

Lemma kept_S n : (forall j, (j <= n)%nat -> kept j) -> kept (S n).
Proof.
  intros Hj. pose proof (Hj n (Nat.le_refl n)) as K.
  pose proof (kept_region n K) as Hr. pose proof (kept_b_lt_1 n K) as [Hbx Hb1].
  pose proof (kept_small_step n K) as HE.
  destruct (region_step _ Hr (Rle_lt_trans _ _ _ Hbx Hb1) HE) as (Hr' & H2 & Ha & _).
  pose proof (s_step_le _ Hr (Rle_lt_trans _ _ _ Hbx Hb1) HE) as Hs.
  pose proof (kept_b n K) as Hb. pose proof (b_ge_0 (iterate n x)) as Hb0.
  pose proof (b_ge_0 x) as Hbx0. pose proof kappa_bounds as Hk. pose proof (kappa_pow n) as Hkn.
  pose proof (total_until_bounds n) as Ht. pose proof total_lt_1 as Ht1.
  destruct (trap_region _ _ _ _ _ _ trap) as (Hax & _).
  assert (Halpha : alpha x * (1 - total_until (S n)) <= alpha (iterate (S n) x)).
  { apply Rle_trans with (2 := Ha). pose proof (kept_alpha n K) as Hal. rewrite total_until_S.
    apply Rle_trans with (alpha x * (1 - total_until n) * (1 - b x * kappa ^ n)).
    - assert (0 <= alpha x * (total_until n * (b x * kappa ^ n))) by nonneg. lra.
    - assert (b x * kappa ^ n <= b x * 1) by (apply Rmult_le_compat_l; lra).
      assert (0 <= alpha x * (1 - total_until n)) by nonneg.
      apply Rmult_le_compat; lra. }
  assert (Hlow : alpha_low <= alpha (iterate (S n) x)).
  { pose proof (trap_alpha _ _ _ _ _ _ trap) as H. fold total in H.
    pose proof (total_until_bounds (S n)) as Ht'.
    assert (0 <= alpha x * (total - total_until (S n))) by nonneg. lra. }
  split.
  - exact Hr'.
  - change (iterate (S n) x) with (step (iterate n x)).
    apply Rle_trans with (b (iterate n x) * (1 - a (iterate n x)) ^ 2).
    + apply b_step_le; [exact ok|]. pose proof h_pos. lra.
    + replace (b x * kappa ^ S n) with (b x * kappa ^ n * kappa) by (simpl; ring).
      apply Rmult_le_compat; [exact Hb0|apply pow2_ge_0|exact Hb|exact (kept_factor n K)].
  - exact Halpha.
  - apply a_le_of_potential with (q := q_high).
    + exact Hr'.
    + apply (trap_a_high _ _ _ _ _ _ trap).
    + apply Rle_trans with (2 := trap_q _ _ _ _ _ _ trap).
      apply potential_trapped.
      * apply (trap_alpha_low _ _ _ _ _ _ trap).
      * exact s_high_nonneg.
      * exact e_le_1.
      * intros j Hlt. pose proof (Hj j (proj1 (Nat.lt_succ_r j n) Hlt)) as Kj.
        pose proof (kept_alpha_low j Kj). pose proof (kept_b_lt_1 j Kj).
        split; [|split; [|split]];
          [apply (kept_region j Kj)|lra|lra|apply (kept_s_high j Kj)].
      * exact Hr'.
      * exact Hlow.
    + apply (trap_edge _ _ _ _ _ _ trap).
  - change (iterate (S n) x) with (step (iterate n x)). rewrite total_until_S.
    pose proof (kept_s n K). lra.
  - change (iterate (S n) x) with (step (iterate n x)). pose proof (kept_beta2 n K). lra.
Qed.

Lemma kept_all n : kept n.
Proof.
  apply (well_founded_induction lt_wf kept). clear n. intros [|n] IH; [exact kept_0|].
  apply kept_S. intros j Hj. apply IH. lia.
Qed.

(** Theorem 12. *)
Theorem final_trap_bounds n :
  let y := iterate n x in
  region y
  /\ h * alpha_low ^ 2 <= a y <= a_high
  /\ alpha x * (1 - b x / (1 - kappa)) <= alpha y
  /\ beta2 x <= beta2 y <= / alpha_low
  /\ b y <= b x * kappa ^ n
  /\ s y <= s_high.
Proof.
  intros y. pose proof (kept_all n) as K. pose proof (kept_alpha_low n K) as Ha.
  pose proof (trap_alpha_low _ _ _ _ _ _ trap) as Hl.
  split; [apply (kept_region n K)|].
  split; [split; [exact (kept_a_low n K)|exact (kept_a n K)]|].
  split; [apply Ha|].
  split; [split; [exact (kept_beta2 n K)|]|].
  - apply beta2_le; [exact (kept_region n K)|]. fold y in Ha. lra.
  - split; [exact (kept_b n K)|exact (kept_s_high n K)].
Qed.

(** a stays below the edge that the potential allows: a <= h X(q+). *)
Theorem final_trap_edge n :
  a (iterate n x) <= h * edge_root (potential_bound x alpha_low s_high).
Proof.
  pose proof (trap_alpha_low _ _ _ _ _ _ trap) as Hl.
  apply Rle_trans with (1 := a_le_edge_root _ (kept_region n (kept_all n))).
  apply Rmult_le_compat_l; [pose proof h_pos; lra|]. apply edge_root_le.
  apply potential_trapped; [exact Hl|exact s_high_nonneg|exact e_le_1| |apply kept_all|].
  - intros j _. pose proof (kept_all j) as K. pose proof (kept_alpha_low j K).
    pose proof (kept_b_lt_1 j K).
    split; [apply (kept_region j K)|]. split; [lra|]. split; [lra|exact (kept_s_high j K)].
  - pose proof (kept_alpha_low n (kept_all n)). lra.
Qed.

(** beta1 is not clipped any more. *)
Theorem final_trap_unclipped n :
  within_clip x -> b (iterate (S n) x) = b (iterate n x) * (1 - a (iterate n x)) ^ 2.
Proof.
  intros Hx. change (iterate (S n) x) with (step (iterate n x)). apply b_step_within.
  - destruct n as [|n]; [exact Hx|]. now apply within_clip_step.
  - pose proof (kept_a n (kept_all n)). pose proof (trap_a_high _ _ _ _ _ _ trap).
    pose proof (a_nonneg (iterate n x)). pose proof h_pos. split; [|lra].
    match goal with H : 0 <= h -> _ |- _ => apply H; lra end.
Qed.

(** ** Rates *)

(** mu, the factor of s in one step. *)
Definition residual_factor := 1 - e * (alpha_low ^ 2 * (1 - b x) + beta2 x ^ 2).

Lemma residual_step n :
  s (iterate (S n) x) <= residual_factor * s (iterate n x) + b x * kappa ^ n.
Proof.
  pose proof (kept_all n) as K. pose proof (kept_region n K) as Hr.
  pose proof (kept_b_lt_1 n K) as [Hbx Hb1]. pose proof (kept_small_step n K) as HE.
  destruct (region_step _ Hr (Rle_lt_trans _ _ _ Hbx Hb1) HE) as (_ & _ & _ & Hs).
  change (iterate (S n) x) with (step (iterate n x)). set (y := iterate n x) in *.
  pose proof (region_s y Hr) as Hs0. pose proof (b_ge_0 y) as Hb0. pose proof e_pos as He.
  pose proof (kept_b n K) as Hb. fold y in Hb.
  pose proof (kept_alpha_low n K) as Hal. fold y in Hal.
  pose proof (trap_alpha_low _ _ _ _ _ _ trap) as Hl.
  pose proof (kept_beta2 n K) as H2. fold y in H2.
  destruct (trap_region _ _ _ _ _ _ trap) as (_ & H2x & _).
  assert (alpha_low ^ 2 <= alpha y ^ 2) by (apply pow_incr; lra).
  assert (beta2 x ^ 2 <= beta2 y ^ 2) by (apply pow_incr; lra).
  assert (Hm : alpha_low ^ 2 * (1 - b x) <= alpha y ^ 2 * (1 - b y)).
  { apply Rmult_le_compat; [apply pow2_ge_0|lra|lra|lra]. }
  assert (Hf : s y * (e * (alpha_low ^ 2 * (1 - b x) + beta2 x ^ 2))
               <= s y * (e * (alpha y ^ 2 * (1 - b y) + beta2 y ^ 2))).
  { apply Rmult_le_compat_l; [lra|]. apply Rmult_le_compat_l; lra. }
  assert (0 <= b y * s y) by nonneg. unfold residual_factor. lra.
Qed.

(** s_n <= mu'^n s + b (kappa'^n - mu'^n)/(kappa' - mu'). *)
Lemma residual_bound kappa' mu' n :
  kappa <= kappa' -> residual_factor <= mu' -> 0 <= mu' -> kappa' <> mu' ->
  s (iterate n x) <= s x * mu' ^ n + b x * ((kappa' ^ n - mu' ^ n) / (kappa' - mu')).
Proof.
  intros Hk Hmu H0 Hne. pose proof kappa_bounds as Hk0. pose proof (b_ge_0 x) as Hb.
  induction n as [|n IH]; [simpl; replace ((1 - 1) / (kappa' - mu')) with 0 by (field; lra); lra|].
  apply Rle_trans with (1 := residual_step n).
  pose proof (region_s _ (kept_region n (kept_all n))) as Hs.
  assert (H1 : residual_factor * s (iterate n x) <= mu' * s (iterate n x))
    by (apply Rmult_le_compat_r; lra).
  assert (H2 : b x * kappa ^ n <= b x * kappa' ^ n)
    by (apply Rmult_le_compat_l; [exact Hb|]; apply pow_incr; lra).
  assert (H3 : mu' * s (iterate n x)
               <= mu' * (s x * mu' ^ n + b x * ((kappa' ^ n - mu' ^ n) / (kappa' - mu'))))
    by (apply Rmult_le_compat_l; lra).
  replace (s x * mu' ^ S n + b x * ((kappa' ^ S n - mu' ^ S n) / (kappa' - mu')))
    with (mu' * (s x * mu' ^ n + b x * ((kappa' ^ n - mu' ^ n) / (kappa' - mu')))
          + b x * kappa' ^ n) by (simpl; field; lra).
  lra.
Qed.

(** The bound on s_n: (s + b/|kappa' - mu'|) max(kappa', mu')^n. *)
Definition residual_after kappa' mu' n :=
  (s x + b x / Rabs (kappa' - mu')) * Rmax kappa' mu' ^ n.

Theorem residual_decay kappa' mu' n :
  kappa <= kappa' -> residual_factor <= mu' -> 0 <= mu' -> kappa' <> mu' ->
  s (iterate n x) <= residual_after kappa' mu' n.
Proof.
  intros Hk Hmu H0 Hne. apply Rle_trans with (1 := residual_bound kappa' mu' n Hk Hmu H0 Hne).
  pose proof kappa_bounds as Hk0. pose proof (b_ge_0 x) as Hb.
  pose proof (region_s _ (trap_region _ _ _ _ _ _ trap)) as Hs. unfold residual_after.
  assert (Hkn : 0 <= kappa' ^ n) by (apply pow_le; lra).
  assert (Hmn : 0 <= mu' ^ n) by (apply pow_le; lra).
  assert (E1 : kappa' ^ n <= Rmax kappa' mu' ^ n)
    by (apply pow_incr; split; [lra|apply Rmax_l]).
  assert (E2 : mu' ^ n <= Rmax kappa' mu' ^ n)
    by (apply pow_incr; split; [lra|apply Rmax_r]).
  rewrite Rmult_plus_distr_r. apply Rplus_le_compat; [apply Rmult_le_compat_l; lra|].
  unfold Rdiv. rewrite Rmult_assoc. apply Rmult_le_compat_l; [exact Hb|].
  set (M := Rmax kappa' mu' ^ n) in *. rewrite (Rmult_comm (/ _)).
  unfold Rabs. destruct Rcase_abs as [Hlt|Hge].
  - assert (Hi : 0 < / (- (kappa' - mu'))) by (apply Rinv_0_lt_compat; lra).
    replace ((kappa' ^ n - mu' ^ n) * / (kappa' - mu'))
      with ((mu' ^ n - kappa' ^ n) * / - (kappa' - mu')) by (field; lra).
    apply Rmult_le_compat_r; lra.
  - assert (Hi : 0 < / (kappa' - mu')) by (apply Rinv_0_lt_compat; lra).
    apply Rmult_le_compat_r; lra.
Qed.

(** ** Sharpness and loss for all later steps *)

(** k-bar: the remainder of Proposition 2. *)
Definition remainder_bound := b x + rho * (a_high + h / alpha_low ^ 2 + h * s_high).

Lemma remainder_trapped n : remainder (iterate n x) <= remainder_bound.
Proof.
  destruct (final_trap_bounds n) as (Hr & Ha & _ & [H2 H2'] & _ & Hs).
  pose proof (kept_b_lt_1 n (kept_all n)) as [Hb _]. set (y := iterate n x) in *.
  pose proof h_pos as Hh. pose proof lambda1_pos as Hl1. pose proof lambda2_pos as Hl2.
  assert (Hrho : 0 < rho) by (unfold rho; now apply Rdiv_lt_0_compat).
  pose proof (region_s y Hr) as Hs0. destruct Hr as (_ & H20 & _).
  assert (Hc : c y <= h / alpha_low ^ 2).
  { unfold c, Rdiv. apply Rmult_le_compat_l; [lra|]. rewrite <- pow_inv. apply pow_incr. lra. }
  assert (Hr' : h * Rabs (r y) <= h * s_high).
  { apply Rmult_le_compat_l; [lra|]. replace (r y) with (- s y) by (unfold r, s; ring).
    rewrite Rabs_Ropp, Rabs_pos_eq; lra. }
  unfold remainder, remainder_bound. apply Rplus_le_compat; [exact Hb|].
  apply Rmult_le_compat_l; lra.
Qed.

Lemma b_after n k : (n <= k)%nat -> b (iterate k x) <= b x * kappa ^ n.
Proof.
  intros Hn. apply Rle_trans with (1 := kept_b k (kept_all k)).
  pose proof (b_ge_0 x). pose proof (kappa_pow n). pose proof (kappa_pow (k - n)).
  apply Rmult_le_compat_l; [assumption|].
  replace k with (n + (k - n))%nat by lia. rewrite pow_add.
  rewrite <- (Rmult_1_r (kappa ^ n)) at 2. apply Rmult_le_compat_l; lra.
Qed.

(** eta S <= z from step n on. *)
Theorem final_trap_sharpness z n k :
  a_high <= z -> remainder_bound <= z ->
  4 * a_high * (b x * kappa ^ n) <= (z - a_high) * (z - remainder_bound) ->
  (n <= k)%nat -> sharpness_le (iterate k x) (z / eta).
Proof.
  intros Hz1 Hz2 Hd Hn. destruct (final_trap_bounds k) as (_ & Ha & _).
  pose proof (remainder_trapped k) as Hk. pose proof (b_after n k Hn) as Hb.
  assert (Ha0 : 0 <= a (iterate k x)) by (apply a_nonneg; pose proof h_pos; lra).
  pose proof (b_ge_0 (iterate k x)) as Hb0.
  apply sharpness_le_block; [lra|lra|].
  apply Rle_trans with (4 * a_high * (b x * kappa ^ n)).
  - apply Rmult_le_compat; lra.
  - apply Rle_trans with (1 := Hd). apply Rmult_le_compat; lra.
Qed.

(** The loss from step n on. *)
Theorem final_trap_loss kappa' mu' n k :
  kappa <= kappa' < 1 -> residual_factor <= mu' -> 0 <= mu' < 1 -> kappa' <> mu' ->
  (n <= k)%nat ->
  loss (iterate k x) <= a_high * (b x * kappa ^ n) / (2 * eta * h)
                        + lambda2 / 2 * residual_after kappa' mu' n ^ 2.
Proof.
  intros [Hk Hk1] Hmu [H0 Hmu1] Hne Hn. destruct (final_trap_bounds k) as (Hr & Ha & _).
  apply loss_le; [exact Hr|lra|now apply b_after|].
  apply Rle_trans with (1 := residual_decay kappa' mu' k Hk Hmu H0 Hne). unfold residual_after.
  pose proof kappa_bounds. pose proof (b_ge_0 x).
  pose proof (region_s _ (trap_region _ _ _ _ _ _ trap)).
  assert (0 < / Rabs (kappa' - mu')) by (apply Rinv_0_lt_compat, Rabs_pos_lt; lra).
  unfold Rdiv. apply Rmult_le_compat_l; [nonneg|].
  assert (Hm : 0 <= Rmax kappa' mu' <= 1).
  { split; [apply Rle_trans with (1 := H0); apply Rmax_r|apply Rmax_lub; lra]. }
  replace k with (n + (k - n))%nat by lia. rewrite pow_add.
  rewrite <- (Rmult_1_r (Rmax kappa' mu' ^ n)) at 2.
  apply Rmult_le_compat_l; [apply pow_le; lra|].
  rewrite <- (pow1 (k - n)). apply pow_incr. lra.
Qed.

(** The loss from the first step on. *)
Theorem final_trap_loss_at_once k :
  loss (iterate k x) <= a_high * b x / (2 * eta * h) + lambda2 / 2 * s_high ^ 2.
Proof.
  destruct (final_trap_bounds k) as (Hr & Ha & _ & _ & _ & Hs).
  apply loss_le; [exact Hr|lra|apply (kept_b_lt_1 k (kept_all k))|exact Hs].
Qed.

(** ** T(delta, epsilon) *)

Lemma pow_eventually_small q eps : 0 <= q < 1 -> 0 < eps -> exists N, q ^ N <= eps.
Proof.
  intros Hq He. destruct (pow_lt_1_zero q) with (y := eps) as [N HN].
  - rewrite Rabs_pos_eq; lra.
  - exact He.
  - exists N. specialize (HN N (Nat.le_refl N)). apply Rlt_le.
    apply Rle_lt_trans with (2 := HN). apply Rle_abs.
Qed.

Lemma scaled_pow_eventually_small q C eps :
  0 <= q < 1 -> 0 <= C -> 0 < eps -> exists N, C * q ^ N <= eps.
Proof.
  intros Hq HC He. destruct (pow_eventually_small q (eps / (C + 1))) as [N HN].
  - exact Hq.
  - apply Rdiv_lt_0_compat; lra.
  - exists N. apply Rle_trans with (C * (eps / (C + 1))); [now apply Rmult_le_compat_l|].
    apply Rmult_le_reg_r with (C + 1); [lra|].
    replace (C * (eps / (C + 1)) * (C + 1)) with (C * eps) by (field; lra). lra.
Qed.

Lemma e_le_1_2 : e <= 1 / 2.
Proof.
  apply e_le_half with alpha_low a_high.
  - apply (trap_alpha_low _ _ _ _ _ _ trap).
  - pose proof (kept_a_low 0 kept_0). pose proof (kept_a 0 kept_0). lra.
  - apply (trap_step _ _ _ _ _ _ trap).
Qed.

(** Theorem 4.1 of a trajectory that has met the trap: for all delta, epsilon there is T. *)
Theorem final_trap_eventually delta epsilon :
  0 < delta -> 0 < epsilon ->
  exists T, forall t, (T <= t)%nat ->
    sharpness_le (iterate t x) ((2 + delta) / eta) /\ loss (iterate t x) <= epsilon.
Proof.
  intros Hd He. pose proof kappa_bounds as Hk. pose proof (b_ge_0 x) as Hb.
  pose proof eta_pos as Heta. pose proof h_pos as Hh. pose proof e_pos as He0.
  pose proof lambda2_pos as Hl2.
  assert (Hf : residual_factor < 1).
  { unfold residual_factor. pose proof total_lt_1 as Ht. pose proof total_nonneg.
    pose proof b_total as Et. assert (b x < 1) by (rewrite Et; nra).
    destruct (trap_region _ _ _ _ _ _ trap) as (_ & H2 & _).
    assert (0 < beta2 x ^ 2) by now apply pow_lt.
    assert (0 <= alpha_low ^ 2 * (1 - b x)) by nonneg.
    assert (0 < e * (alpha_low ^ 2 * (1 - b x) + beta2 x ^ 2))
      by (apply Rmult_lt_0_compat; lra).
    lra. }
  set (mu' := Rmax residual_factor ((1 + kappa) / 2)).
  assert (Hmu : residual_factor <= mu' /\ kappa < mu' < 1).
  { unfold mu'. pose proof (Rmax_l residual_factor ((1 + kappa) / 2)).
    pose proof (Rmax_r residual_factor ((1 + kappa) / 2)).
    split; [assumption|]. split; [lra|]. apply Rmax_lub_lt; lra. }
  set (C := s x + b x / Rabs (kappa - mu')).
  assert (HC : 0 <= C).
  { unfold C. pose proof (region_s _ (trap_region _ _ _ _ _ _ trap)).
    assert (0 < / Rabs (kappa - mu')) by (apply Rinv_0_lt_compat, Rabs_pos_lt; lra).
    unfold Rdiv. nonneg. }
  set (b0 := Rmin (Rmin (1 / 4) (delta / 32)) (epsilon * eta * h / 2)).
  assert (Hb0 : 0 < b0 /\ b0 <= 1 / 4 /\ b0 <= delta / 32 /\ b0 <= epsilon * eta * h / 2).
  { assert (0 < epsilon * eta * h / 2) by (unfold Rdiv; repeat (lra || apply Rmult_lt_0_compat)).
    unfold b0. repeat split.
    - repeat apply Rmin_pos; lra.
    - eapply Rle_trans; apply Rmin_l.
    - eapply Rle_trans; [apply Rmin_l|apply Rmin_r].
    - apply Rmin_r. }
  set (s0 := Rmin 1 (epsilon / lambda2)).
  assert (Hs0 : 0 < s0 /\ lambda2 / 2 * s0 ^ 2 <= epsilon / 2).
  { assert (0 < epsilon / lambda2) by (apply Rdiv_lt_0_compat; lra).
    assert (Hp : 0 < s0) by (unfold s0; apply Rmin_pos; lra).
    split; [exact Hp|].
    assert (s0 <= 1) by apply Rmin_l. assert (s0 <= epsilon / lambda2) by apply Rmin_r.
    assert (lambda2 * s0 <= epsilon).
    { replace epsilon with (lambda2 * (epsilon / lambda2)) at 1 by (field; lra).
      apply Rmult_le_compat_l; lra. }
    assert (lambda2 * s0 * s0 <= epsilon * 1) by (apply Rmult_le_compat; try lra; nonneg).
    lra. }
  destruct (scaled_pow_eventually_small kappa (b x) b0) as [N1 HN1]; [lra|lra|lra|].
  destruct (scaled_pow_eventually_small mu' C s0) as [N2 HN2]; [lra|lra|lra|].
  exists (N1 + N2)%nat. intros t Ht.
  assert (Hbt : b (iterate t x) <= b0).
  { apply Rle_trans with (2 := HN1). apply b_after. lia. }
  assert (Hst : s (iterate t x) <= s0).
  { apply Rle_trans with (1 := residual_decay kappa mu' t (Rle_refl _) ltac:(lra) ltac:(lra)
                                 ltac:(lra)).
    apply Rle_trans with (2 := HN2). unfold residual_after. fold C.
    rewrite Rmax_right by lra. apply Rmult_le_compat_l; [exact HC|].
    replace t with (N2 + (t - N2))%nat by lia. rewrite pow_add.
    rewrite <- (Rmult_1_r (mu' ^ N2)) at 2. apply Rmult_le_compat_l; [apply pow_le; lra|].
    rewrite <- (pow1 (t - N2)). apply pow_incr. lra. }
  destruct (final_trap_bounds t) as (Hr & [Ha0 Ha] & _).
  pose proof (trap_a_high _ _ _ _ _ _ trap) as HA. pose proof (b_ge_0 (iterate t x)) as Hbt0.
  assert (Hapos : 0 <= a (iterate t x)) by (apply a_nonneg; lra).
  split.
  - pose proof (remainder_le _ Hr (kept_small_step t (kept_all t)) e_le_1_2) as Hrem.
    apply sharpness_le_block; [lra|lra|].
    apply Rle_trans with (4 * 2 * (delta / 32)).
    + apply Rmult_le_compat; lra.
    + apply Rle_trans with (delta * (1 / 4)); [lra|]. apply Rmult_le_compat; lra.
  - apply Rle_trans with (2 * b0 / (2 * eta * h) + lambda2 / 2 * s0 ^ 2).
    + apply loss_le; lra || assumption.
    + assert (2 * b0 / (2 * eta * h) <= epsilon / 2); [|lra].
      apply Rmult_le_reg_r with (eta * h); [apply Rmult_lt_0_compat; lra|].
      replace (2 * b0 / (2 * eta * h) * (eta * h)) with b0 by (field; lra). lra.
Qed.

End Trapped.
End FinalTrap.
